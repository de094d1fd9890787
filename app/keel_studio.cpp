// SPDX-License-Identifier: GPL-3.0-or-later
#include <QApplication>
#include <QStandardPaths>
#include <filesystem>
#include <vector>

#include "engine/session/track_cache.h"
#include "ui/main_window.h"
#include "ui/project_controller.h"
#include "ui/session_model.h"
#include "ui/theme.h"

int main(int argc, char** argv) {
  QApplication application(argc, argv);
  QApplication::setOrganizationName(QStringLiteral("keel"));
  QApplication::setApplicationName(QStringLiteral("keel"));
  QApplication::setApplicationDisplayName(QStringLiteral("Keel"));
  QApplication::setApplicationVersion(QStringLiteral(KEEL_VERSION));
  keel::ui::apply_theme(application, keel::ui::saved_theme());
  keel::ui::MainWindow window;
  window.model().use_cache(keel::default_track_cache_folder());
  window.show();
  window.projects().use_journal(keel::ui::to_path(QStandardPaths::writableLocation(QStandardPaths::AppLocalDataLocation)));
  std::vector<std::filesystem::path> files;
  for (const QString& name : QApplication::arguments().mid(1)) files.push_back(keel::ui::to_path(name));
  if (!files.empty()) window.open(files);
  return QApplication::exec();
}
