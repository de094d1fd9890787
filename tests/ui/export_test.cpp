// SPDX-License-Identifier: GPL-3.0-or-later
#include <QApplication>
#include <QCheckBox>
#include <QComboBox>
#include <QDialogButtonBox>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>
#include <QSettings>
#include <QSignalSpy>
#include <QSpinBox>
#include <QTest>
#include <QTimer>
#include <QToolButton>
#include <fstream>
#include <semaphore>

#include "engine/media/decoder.h"
#include "tests/ui/ui_test_support.h"
#include "ui/panels/export_dialog.h"
#include "ui/panels/export_panel.h"
#include "ui/project_controller.h"
#include "ui/session_model.h"
#include "ui/widgets/message_bar.h"

namespace keel::ui::test {
namespace {

int count_frames(const std::filesystem::path& clip) {
  auto decoder = Decoder::open(clip);
  if (!decoder) return -1;
  int frames = 0;
  for (auto frame = (*decoder)->next(); frame.ok() && frame->has_value(); frame = (*decoder)->next()) ++frames;
  return frames;
}

class ExportTest : public WindowTest {};

TEST_F(ExportTest, NoClip_ExportButton_IsDisabled) { EXPECT_FALSE(window_->export_panel().export_button()->isEnabled()); }

TEST_F(ExportTest, SolvedClip_Exported_HasTheSameFramesAndIsTold) {
  open_and_wait(make_sample("clip.y4m"));
  EXPECT_TRUE(window_->export_panel().export_button()->isEnabled());
  QSignalSpy finished(&window_->model(), &SessionModel::export_finished);
  const auto output = folder_ / "out.mp4";
  window_->model().start_export(output, {});
  EXPECT_TRUE(window_->export_panel().cancel_button()->isVisible());
  ASSERT_TRUE(wait_for([&] { return !finished.isEmpty(); })) << window_->messages().text().toStdString();
  EXPECT_EQ(count_frames(output), 40);
  EXPECT_TRUE(window_->messages().text().contains(QStringLiteral("out.mp4")));
  EXPECT_TRUE(window_->export_panel().export_button()->isVisible());
}

TEST_F(ExportTest, RunningExport_Cancelled_LeavesNoFile) {
  open_and_wait(make_sample("clip.y4m", 150));
  QSignalSpy stopped(&window_->model(), &SessionModel::export_stopped);
  window_->model().start_export(folder_ / "out.mp4", {});
  window_->export_panel().cancel_button()->click();
  ASSERT_TRUE(wait_for([&] { return !stopped.isEmpty(); }));
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) EXPECT_EQ(entry.path().filename(), "clip.y4m");
  EXPECT_TRUE(window_->messages().text().isEmpty()) << window_->messages().text().toStdString();
}

TEST_F(ExportTest, OutputThatIsTheSource_Started_TellsWhy) {
  const auto clip = make_sample("clip.y4m");
  open_and_wait(clip);
  window_->model().start_export(clip, {});
  ASSERT_TRUE(wait_for([&] { return !window_->model().exporting(); }));
  EXPECT_FALSE(window_->messages().text().isEmpty());
  EXPECT_EQ(count_frames(clip), 40);
}

TEST_F(ExportTest, SeveralExports_MakeAQueue_ThatIsOrderedCheckedAndCleared) {
  open_and_wait(make_sample("clip.y4m", 100));
  SessionModel& model = window_->model();
  ExportPanel& panel = window_->export_panel();
  for (const char* name : {"a.mp4", "b.mp4", "c.mp4"}) model.start_export(folder_ / name, {});
  EXPECT_EQ(panel.list()->count(), 3);
  panel.list()->setCurrentRow(2);
  QTest::mouseClick(panel.earlier_button(), Qt::LeftButton);
  ASSERT_TRUE(wait_for([&] { return panel.list()->item(1)->text().startsWith(QStringLiteral("c.mp4")); }));
  EXPECT_TRUE(panel.export_button()->isEnabled()) << "another export can be added";
  ASSERT_TRUE(wait_for([&] { return !model.exporting(); }));
  for (const ExportJob& job : model.export_jobs()) {
    EXPECT_TRUE(job.verified) << job.sentence;
    EXPECT_EQ(count_frames(job.output), 100);
  }
  EXPECT_TRUE(panel.list()->item(0)->text().contains(QStringLiteral("checked"))) << panel.list()->item(0)->text().toStdString();
  QTest::mouseClick(panel.clear_button(), Qt::LeftButton);
  ASSERT_TRUE(wait_for([&] { return !panel.list()->isVisible(); }));
  EXPECT_EQ(count_frames(folder_ / "b.mp4"), 100) << "the files stay";
}

TEST_F(ExportTest, SameNameTwice_InTheQueue_IsRefused) {
  open_and_wait(make_sample("clip.y4m", 100));
  window_->model().start_export(folder_ / "a.mp4", {});
  window_->model().start_export(folder_ / "a.mp4", {});
  EXPECT_EQ(window_->model().export_jobs().size(), 1U);
  EXPECT_TRUE(window_->messages().text().contains(QStringLiteral("a.mp4"))) << window_->messages().text().toStdString();
}

TEST_F(ExportTest, ClosingTheWindow_WhileExporting_AsksOnce) {
  open_and_wait(make_sample("clip.y4m", 150));
  window_->model().start_export(folder_ / "a.mp4", {});
  EXPECT_FALSE(window_->close());
  EXPECT_FALSE(window_->messages().text().isEmpty());
  EXPECT_TRUE(window_->close());
  QSettings().clear();
}

TEST_F(ExportTest, ProposedName_LiesNextToTheSourceAndIsFree) {
  const auto clip = make_sample("clip.y4m");
  const auto info = probe(clip);
  ASSERT_TRUE(info.ok());
  EXPECT_EQ(propose_output(*info, {}), folder_ / "clip-steady.mp4");
  std::ofstream(folder_ / "clip-steady.mp4") << "taken";
  EXPECT_EQ(propose_output(*info, {}), folder_ / "clip-steady-2.mp4");
  EXPECT_EQ(propose_output(*info, {}, {folder_ / "clip-steady-2.mp4"}), folder_ / "clip-steady-3.mp4") << "still to be written";
  EncodeSettings lossless;
  lossless.codec = VideoCodec::kFfv1;
  EXPECT_EQ(propose_output(*info, lossless), folder_ / "clip-steady.mkv");
}

TEST_F(ExportTest, Dialog_FolderThatIsNotThere_CannotStart) {
  open_and_wait(make_sample("clip.y4m"));
  ExportDialog dialog(window_->model(), window_.get());
  auto* start = [&] {
    for (auto* button : dialog.findChildren<QPushButton*>())
      if (button->isDefault()) return button;
    return static_cast<QPushButton*>(nullptr);
  }();
  ASSERT_NE(start, nullptr);
  EXPECT_TRUE(start->isEnabled());
  dialog.findChild<QLineEdit*>()->setText(to_qstring(folder_ / "absent" / "out.mp4"));
  EXPECT_FALSE(start->isEnabled());
}

TEST_F(ExportTest, Dialog_Accepted_TheNextOneHasTheSameCodecAndQuality_AndTellsTheRoom) {
  open_and_wait(make_sample("clip.y4m"));
  {
    ExportDialog dialog(window_->model(), window_.get());
    dialog.findChild<QComboBox*>()->setCurrentIndex(1);
    dialog.findChild<QSpinBox*>()->setValue(25);
    const auto labels = dialog.findChildren<QLabel*>();
    EXPECT_TRUE(std::any_of(labels.begin(), labels.end(), [](const QLabel* label) { return label->text().contains(QStringLiteral("free in this folder")); }));
    dialog.findChild<QDialogButtonBox*>()->accepted();
  }
  const ExportSettings next = ExportDialog(window_->model(), window_.get()).settings();
  EXPECT_EQ(next.encode.codec, VideoCodec::kHevc);
  EXPECT_EQ(next.encode.crf, 25);
  QSettings().clear();
}

TEST_F(ExportTest, Dialog_ListsNvencOnlyWhereItOpens_AndBeginsWithSoftware) {
  open_and_wait(make_sample("clip.y4m"));
  ExportDialog dialog(window_->model(), window_.get());
  QSignalSpy listed(&dialog, &ExportDialog::encoders_listed);
  dialog.show();
  const auto lists = dialog.findChildren<QComboBox*>();
  const auto found = std::find_if(lists.begin(), lists.end(), [](const QComboBox* list) { return list->accessibleName() == QStringLiteral("Encoder"); });
  ASSERT_NE(found, lists.end());
  for (const VideoCodec codec : {VideoCodec::kH264, VideoCodec::kHevc, VideoCodec::kProRes, VideoCodec::kFfv1}) {
    QComboBox& codecs = *lists.front();
    codecs.setCurrentIndex(codecs.findData(static_cast<int>(codec)));
    ASSERT_TRUE(wait_for([&] { return !listed.isEmpty(); }));
    listed.clear();
    EXPECT_EQ(dialog.settings().encode.codec, codec);
    EXPECT_EQ(dialog.settings().encode.encoder, EncoderKind::kSoftware);
    EXPECT_EQ((*found)->count(), nvenc_available(codec) ? 2 : 1);
    EXPECT_EQ((*found)->isVisible(), (*found)->count() > 1) << "no choice of one";
  }
}

TEST_F(ExportTest, Dialog_WhileTheGpusEncoderIsTried_IsThereAndUsable_AndListsItThen) {
  open_and_wait(make_sample("clip.y4m"));
  // A driver that takes its time: as long as the test likes.
  std::binary_semaphore driver(0);
  ExportDialog dialog(window_->model(), window_.get(), {}, [&driver](VideoCodec) {
    driver.acquire();
    return true;
  });
  dialog.show();
  const auto lists = dialog.findChildren<QComboBox*>();
  const auto encoder = std::find_if(lists.begin(), lists.end(), [](const QComboBox* list) { return list->accessibleName() == QStringLiteral("Encoder"); });
  ASSERT_NE(encoder, lists.end());
  ASSERT_TRUE(wait_for([&] { return dialog.size_text().startsWith(QStringLiteral("About")); })) << "all else goes on";
  EXPECT_FALSE((*encoder)->isVisible());
  EXPECT_EQ(dialog.settings().encode.encoder, EncoderKind::kSoftware);
  driver.release();
  ASSERT_TRUE(wait_for([&] { return (*encoder)->isVisible(); }));
  EXPECT_EQ((*encoder)->count(), 2);
  EXPECT_EQ(dialog.settings().encode.encoder, EncoderKind::kSoftware) << "never chosen by itself";
  (*encoder)->setFocus();
  QTest::keyClick(*encoder, Qt::Key_Down);
  EXPECT_EQ(dialog.settings().encode.encoder, EncoderKind::kNvenc);
}

TEST_F(ExportTest, Dialog_TellsTheSizeOfTheFile_AndAnewAfterAChange) {
  open_and_wait(make_sample("clip.y4m"));
  ExportDialog dialog(window_->model(), window_.get());
  ASSERT_TRUE(wait_for([&] { return dialog.size_text().startsWith(QStringLiteral("About")); })) << dialog.size_text().toStdString();
  const QString fine = dialog.size_text();
  dialog.findChild<QSpinBox*>()->setValue(40);
  EXPECT_FALSE(dialog.size_text().startsWith(QStringLiteral("About")));
  ASSERT_TRUE(wait_for([&] { return dialog.size_text().startsWith(QStringLiteral("About")); })) << dialog.size_text().toStdString();
  EXPECT_NE(dialog.size_text(), fine);
}

TEST_F(ExportTest, SideBySideAndNativeSize_ChosenByClicking_AreWritten_AndTheSizeIsUndone) {
  open_and_wait(make_sample("clip.y4m"));
  const Size cut = output_size(window_->model().snapshot().solution->plan, OutputSize::kNative);
  ASSERT_LT(cut.width, 320);
  QSignalSpy finished(&window_->model(), &SessionModel::export_finished);
  // The dialog runs a loop of its own, in which this click happens.
  QTimer::singleShot(0, window_.get(), [&] {
    auto* dialog = qobject_cast<ExportDialog*>(QApplication::activeModalWidget());
    ASSERT_NE(dialog, nullptr);
    auto* both = dialog->findChild<QCheckBox*>();
    QTest::mouseClick(both, Qt::LeftButton, {}, QPoint(8, both->height() / 2));
    EXPECT_TRUE(both->isChecked());
    auto* size = dialog->findChildren<QComboBox*>().back();
    size->setFocus();
    QTest::keyClick(size, Qt::Key_Down);
    EXPECT_EQ(dialog->size(), OutputSize::kNative);
    dialog->findChild<QLineEdit*>()->setText(to_qstring(folder_ / "both.mp4"));
    for (auto* button : dialog->findChildren<QPushButton*>())
      if (button->isDefault()) QTest::mouseClick(button, Qt::LeftButton);
  });
  QTest::mouseClick(window_->export_panel().export_button(), Qt::LeftButton);
  ASSERT_TRUE(wait_for([&] { return !finished.isEmpty(); })) << window_->messages().text().toStdString();
  const auto written = probe(folder_ / "both.mp4");
  ASSERT_TRUE(written.ok());
  EXPECT_EQ(written->size, (Size{320 + cut.width, 180}));
  EXPECT_TRUE(window_->model().export_jobs().front().verified);
  EXPECT_EQ(window_->model().state().settings.size, OutputSize::kNative);
  EXPECT_EQ(window_->projects().project().clips[0].settings.size, OutputSize::kNative);
  QTest::keyClick(window_.get(), Qt::Key_Z, Qt::ControlModifier);
  EXPECT_EQ(window_->model().state().settings.size, OutputSize::kSource);
  QSettings().clear();
}

TEST_F(ExportTest, RunningExport_HoldsTheMachineAwake_UntilItIsOver) {
  // A stand-in that tells when it is held and when it is let go.
  const auto program = folder_ / "systemd-inhibit";
  std::ofstream(program) << "#!/bin/sh\necho x > '" << (folder_ / "held").string() << "'\ncat\necho x > '" << (folder_ / "released").string() << "'\n";
  std::filesystem::permissions(program, std::filesystem::perms::owner_all);
  const QByteArray path = qgetenv("PATH");
  qputenv("PATH", QByteArray::fromStdString(folder_.path().string()) + ':' + path);
  open_and_wait(make_sample("clip.y4m"));
  QSignalSpy finished(&window_->model(), &SessionModel::export_finished);
  window_->model().start_export(folder_ / "out.mp4", {});
  EXPECT_TRUE(wait_for([&] { return std::filesystem::exists(folder_ / "held"); }));
  EXPECT_TRUE(wait_for([&] { return !finished.isEmpty(); }));
  EXPECT_TRUE(wait_for([&] { return std::filesystem::exists(folder_ / "released"); }));
  qputenv("PATH", path);
}

}  // namespace
}  // namespace keel::ui::test
