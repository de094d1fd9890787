// SPDX-License-Identifier: GPL-3.0-or-later
#include <QApplication>

#include "ui/main_window.h"
#include "ui/session_model.h"
#include "ui/theme.h"

int main(int argc, char** argv) {
  QApplication application(argc, argv);
  QApplication::setApplicationName(QStringLiteral("keel"));
  QApplication::setApplicationDisplayName(QStringLiteral("Keel"));
  QApplication::setApplicationVersion(QStringLiteral(KEEL_VERSION));
  keel::ui::apply_dark_theme(application);
  keel::ui::MainWindow window;
  window.show();
  const QStringList arguments = QApplication::arguments();
  if (arguments.size() > 1) window.open(keel::ui::to_path(arguments.at(1)));
  return QApplication::exec();
}
