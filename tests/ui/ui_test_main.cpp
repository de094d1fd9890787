// SPDX-License-Identifier: GPL-3.0-or-later
#include <gtest/gtest.h>
#include <unistd.h>

#include <QApplication>
#include <QSettings>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "tests/ui/stall_watch.h"
#include "ui/theme.h"

namespace {

/// Runs this program again under a virtual X server; comes back only when there is none to be had.
void run_under_virtual_screen(char** argv) {
  std::vector<char*> command;
  char launcher[] = "xvfb-run", any_number[] = "-a", server_option[] = "-s", screen[] = "-screen 0 1600x1200x24";
  for (char* word : {launcher, any_number, server_option, screen}) command.push_back(word);
  for (char** word = argv; *word != nullptr; ++word) command.push_back(*word);
  command.push_back(nullptr);
  execvp(launcher, command.data());
  std::perror("xvfb-run");
}

}  // namespace

int main(int argc, char** argv) {
  // GoogleTest takes its options out of argv; the second start needs them again.
  std::vector<char*> arguments(argv, argv + argc + 1);
  ::testing::InitGoogleTest(&argc, argv);
  // Listing the tests needs no screen.
  if (GTEST_FLAG_GET(list_tests)) return RUN_ALL_TESTS();
  if (std::getenv("DISPLAY") == nullptr && std::getenv("QT_QPA_PLATFORM") == nullptr) {
    run_under_virtual_screen(arguments.data());
    return EXIT_FAILURE;
  }
  QStandardPaths::setTestModeEnabled(true);
  keel::ui::test::TimedApplication application(argc, argv);
  QApplication::setOrganizationName(QStringLiteral("keel"));
  QApplication::setApplicationName(QStringLiteral("keel-ui-tests"));
  // The user's own window layout and recent files stay out of the tests, and the tests' out of them.
  const QTemporaryDir settings;
  QSettings::setPath(QSettings::NativeFormat, QSettings::UserScope, settings.path());
  // Tests that compare estimators ask for them; the others' time is not theirs.
  QSettings().setValue(QStringLiteral("analysis/all"), false);
  keel::ui::apply_theme(application, keel::ui::Theme::kDark);
  return RUN_ALL_TESTS();
}
