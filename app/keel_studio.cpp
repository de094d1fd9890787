// SPDX-License-Identifier: GPL-3.0-or-later
#include <QApplication>
#include <QCommandLineParser>
#include <QStandardPaths>
#include <cstdio>
#include <filesystem>
#include <vector>

#include "app/commands/device_option.h"
#include "app/leave.h"
#include "engine/media/clip_writer.h"
#include "engine/media/decoder.h"
#include "engine/session/track_cache.h"
#include "ui/main_window.h"
#include "ui/newest_job.h"
#include "ui/project_controller.h"
#include "ui/session_model.h"
#include "ui/theme.h"

namespace {

/// Exit code for arguments that make no sense, as of the command line.
constexpr int kBadArguments = 2;

int complain(const QString& sentence) {
  std::fprintf(stderr, "keel-studio: %s\n", qPrintable(sentence));
  return kBadArguments;
}

/// From the first sight of the window until it is closed.
int show_window(const QString& where, keel::Gpu gpu, const QStringList& names) {
  keel::ui::MainWindow window;
  window.model().use_cache(keel::default_track_cache_folder());
  if (where != QLatin1String("cpu")) {
    window.model().use_gpu(gpu);
    window.decode_on(keel::nvdec());
  }
  window.show();
  window.projects().use_journal(keel::ui::to_path(QStandardPaths::writableLocation(QStandardPaths::AppLocalDataLocation)));
  std::vector<std::filesystem::path> files;
  for (const QString& name : names) files.push_back(keel::ui::to_path(name));
  if (!files.empty()) window.open(files);
  return QApplication::exec();
}

}  // namespace

int main(int argc, char** argv) {
  QApplication application(argc, argv);
  QApplication::setOrganizationName(QStringLiteral("keel"));
  QApplication::setApplicationName(QStringLiteral("keel"));
  QApplication::setApplicationDisplayName(QStringLiteral("Keel"));
  QApplication::setApplicationVersion(QStringLiteral(KEEL_VERSION));
  QCommandLineParser parser;
  parser.addHelpOption();
  parser.addVersionOption();
  const QCommandLineOption device(QStringLiteral("device"), QStringLiteral("Where clips are decoded, and motion and pictures computed: auto (on the GPU where there is one), cpu or cuda."),
                                  QStringLiteral("where"), QStringLiteral("auto"));
  parser.addOption(device);
  parser.addPositionalArgument(QStringLiteral("FILES"), QStringLiteral("Clips, or a project, to open."), QStringLiteral("[FILES...]"));
  parser.process(application);
  const QString where = parser.value(device);
  if (where != QLatin1String("auto") && where != QLatin1String("cpu") && where != QLatin1String("cuda"))
    return complain(QStringLiteral("--device is auto, cpu or cuda, not \"%1\".").arg(where));
  const auto gpu = keel::cli::gpu_of_device(where.toStdString());
  if (!gpu) return complain(QString::fromStdString(gpu.error().message));
  keel::ui::apply_theme(application, keel::ui::saved_theme());
  const int code = show_window(where, *gpu, parser.positionalArguments());
  // Everything of the window is gone by now; what it cancelled may not be.
  const bool encoders = keel::wait_for_abandoned_encoders(keel::kLeavingPatience), jobs = keel::ui::wait_for_abandoned_jobs(keel::kLeavingPatience);
  return keel::leave(code, encoders && jobs);
}
