// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/export_dialog.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDialogButtonBox>
#include <QFileDialog>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QLocale>
#include <QPushButton>
#include <QSettings>
#include <QSignalBlocker>
#include <QSpinBox>
#include <QVBoxLayout>
#include <algorithm>
#include <limits>
#include <vector>

#include "ui/panels/panel_parts.h"
#include "ui/session_model.h"
#include "ui/size_job.h"

namespace keel::ui {
namespace {

const QString kCodecKey = QStringLiteral("export/codec"), kCrfKey = QStringLiteral("export/crf");
constexpr int kWorstCrf = 51;
constexpr int kMaxNumber = 999;
/// An estimate starts once nothing has been changed for so long.
constexpr int kRestMs = 300;

/// In the order of how many programs open them.
std::vector<std::string> containers_for(VideoCodec codec) {
  switch (codec) {
    case VideoCodec::kH264:
    case VideoCodec::kHevc:
      return {".mp4", ".mov", ".mkv"};
    case VideoCodec::kProRes:
      return {".mov", ".mkv"};
    case VideoCodec::kFfv1:
      return {".mkv"};
  }
  return {".mkv"};
}

bool has_quality(VideoCodec codec) { return codec == VideoCodec::kH264 || codec == VideoCodec::kHevc; }

std::filesystem::path free_name(const std::filesystem::path& source, const std::string& extension, const std::vector<std::filesystem::path>& taken) {
  std::filesystem::path stem = source.parent_path() / source.stem();
  stem += "-steady";
  for (int number = 1; number <= kMaxNumber; ++number) {
    std::filesystem::path name = stem;
    if (number > 1) (name += "-") += std::to_string(number);
    name += extension;
    std::error_code failed;
    if (!std::filesystem::exists(name, failed) && std::find(taken.begin(), taken.end(), name) == taken.end()) return name;
  }
  stem += extension;
  return stem;
}

void add_lines(QStringList& lines, const QString& heading, const std::vector<std::string>& items) {
  if (items.empty()) return;
  lines << QStringLiteral("<b>%1</b>").arg(heading.toHtmlEscaped());
  for (const std::string& item : items) lines << QStringLiteral("&nbsp;&nbsp;") + QString::fromStdString(item).replace(QStringLiteral(" -> "), QStringLiteral(" → ")).toHtmlEscaped();
}

}  // namespace

std::filesystem::path propose_output(const ClipInfo& source, const EncodeSettings& settings, const std::vector<std::filesystem::path>& taken) {
  const std::vector<std::string> extensions = containers_for(settings.codec);
  std::filesystem::path best = free_name(source.path, extensions.front(), taken);
  std::size_t fewest = std::numeric_limits<std::size_t>::max();
  for (const std::string& extension : extensions) {
    const std::filesystem::path name = free_name(source.path, extension, taken);
    const auto plan = plan_export(source, name, settings);
    if (!plan || plan->dropped.size() >= fewest) continue;
    fewest = plan->dropped.size();
    best = name;
  }
  return best;
}

ExportDialog::ExportDialog(const SessionModel& model, QWidget* parent, std::vector<std::filesystem::path> taken, NvencTrial nvenc_opens)
    : QDialog(parent),
      source_(model.snapshot().clip),
      taken_(std::move(taken)),
      name_(new QLineEdit(this)),
      codec_(new QComboBox(this)),
      encoder_(new QComboBox(this)),
      crf_(new QSpinBox(this)),
      size_(new QComboBox(this)),
      side_by_side_(new QCheckBox(tr("Side by side with the original"), this)),
      report_(new QLabel(this)),
      estimate_(new QLabel(this)),
      size_job_(new SizeJob(this)),
      model_(model),
      start_(nullptr),
      nvenc_opens_(std::move(nvenc_opens)) {
  setWindowTitle(tr("Export"));
  setMinimumWidth(560);
  codec_->addItem(tr("H.264 (plays everywhere)"), static_cast<int>(VideoCodec::kH264));
  codec_->addItem(tr("HEVC (smaller files)"), static_cast<int>(VideoCodec::kHevc));
  codec_->addItem(tr("ProRes (for editing)"), static_cast<int>(VideoCodec::kProRes));
  codec_->addItem(tr("FFV1 (lossless)"), static_cast<int>(VideoCodec::kFfv1));
  codec_->setAccessibleName(tr("Video codec"));
  codec_->setToolTip(tr("How the picture is compressed."));
  crf_->setRange(0, kWorstCrf);
  const QSettings last;
  const int codec = codec_->findData(last.value(kCodecKey, static_cast<int>(VideoCodec::kH264)).toInt());
  codec_->setCurrentIndex(std::max(codec, 0));
  crf_->setValue(last.value(kCrfKey, EncodeSettings{}.crf).toInt());
  encoder_->setAccessibleName(tr("Encoder"));
  encoder_->setToolTip(tr("Software keeps the quality of the number below. NVENC, on the GPU, is faster and takes the number as its target."));
  crf_->setAccessibleName(tr("Quality, CRF"));
  crf_->setToolTip(tr("Constant quality, 0 (best, largest) to 51; 18 is visually the same as the source."));
  list_sizes(model.snapshot().solution->plan, model.state().settings.size);
  size_->setAccessibleName(tr("Picture size"));
  size_->setToolTip(tr("The cut-out picture is enlarged to the source's size, or written with the pixels that it has."));
  side_by_side_->setToolTip(tr("The original on the left, the stabilized picture on the right, each at its full size and labelled."));
  name_->setAccessibleName(tr("Output file"));
  build();
  list_encoders();
  crf_->setEnabled(has_quality(settings().encode.codec));
  name_->setText(to_qstring(propose_output(*source_, settings().encode, taken_)));
  connect(name_, &QLineEdit::textChanged, this, &ExportDialog::show_report);
  connect(codec_, &QComboBox::currentIndexChanged, this, &ExportDialog::change_codec);
  connect(encoder_, &QComboBox::currentIndexChanged, this, &ExportDialog::show_report);
  connect(crf_, &QSpinBox::valueChanged, this, &ExportDialog::show_report);
  connect(size_, &QComboBox::currentIndexChanged, this, &ExportDialog::show_report);
  connect(side_by_side_, &QCheckBox::toggled, this, &ExportDialog::show_report);
  rested_.setSingleShot(true);
  rested_.setInterval(kRestMs);
  connect(&rested_, &QTimer::timeout, this, &ExportDialog::estimate);
  connect(size_job_, &SizeJob::estimated, this, [this](qint64 bytes) {
    std::error_code failed;
    const auto space = std::filesystem::space(std::filesystem::absolute(output()).parent_path(), failed);
    const QString about = tr("About %1, from a trial encoding").arg(locale().formattedDataSize(bytes, 1));
    const bool fits = failed || static_cast<std::uintmax_t>(bytes) < space.available;
    tell_size(fits ? about : tr("%1: more than is free in this folder!").arg(about));
  });
  connect(size_job_, &SizeJob::failed, this, [this](const QString& sentence) { tell_size(tr("The size cannot be estimated: %1").arg(sentence)); });
  show_report();
}

void ExportDialog::build() {
  auto* browse = new QPushButton(tr("Browse…"), this);
  connect(browse, &QPushButton::clicked, this, &ExportDialog::choose_file);
  auto* file = new QHBoxLayout;
  file->addWidget(name_, 1);
  file->addWidget(browse);
  auto* form = form_ = new QFormLayout;
  form->addRow(tr("File"), file);
  form->addRow(tr("Codec"), codec_);
  form->addRow(tr("Encoder"), encoder_);
  form->addRow(tr("Quality (CRF)"), crf_);
  form->addRow(tr("Picture size"), size_);
  form->addRow(QString(), side_by_side_);
  form->addRow(tr("File size"), estimate_);
  estimate_->setWordWrap(true);
  report_->setWordWrap(true);
  report_->setAlignment(Qt::AlignTop);
  report_->setMinimumHeight(120);
  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Cancel, this);
  start_ = buttons->addButton(tr("Start export"), QDialogButtonBox::AcceptRole);
  set_role(start_, "primary");
  start_->setDefault(true);
  connect(buttons, &QDialogButtonBox::accepted, this, [this] {
    QSettings next;
    next.setValue(kCodecKey, codec_->currentData());
    next.setValue(kCrfKey, crf_->value());
    accept();
  });
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  auto* box = new QVBoxLayout(this);
  box->setSpacing(12);
  box->addLayout(form);
  box->addWidget(make_separator(this));
  box->addWidget(report_, 1);
  box->addWidget(buttons);
}

std::filesystem::path ExportDialog::output() const { return to_path(name_->text().trimmed()); }

ExportSettings ExportDialog::settings() const {
  ExportSettings out;
  out.encode.codec = static_cast<VideoCodec>(codec_->currentData().toInt());
  out.encode.encoder = static_cast<EncoderKind>(encoder_->currentData().toInt());
  out.encode.crf = crf_->value();
  out.side_by_side = side_by_side_->isChecked();
  return out;
}

OutputSize ExportDialog::size() const { return static_cast<OutputSize>(size_->currentData().toInt()); }

ClipInfo ExportDialog::exported() const { return exported_clip(*source_, sizes_[static_cast<std::size_t>(size_->currentIndex())], settings()); }

void ExportDialog::list_sizes(const WarpPlan& plan, OutputSize chosen) {
  const auto add = [&](const QString& text, OutputSize size) {
    sizes_.push_back(output_size(plan, size));
    size_->addItem(text.arg(sizes_.back().width).arg(sizes_.back().height), static_cast<int>(size));
  };
  add(tr("As the source, %1 × %2"), OutputSize::kSource);
  add(tr("As cut out, nothing enlarged, %1 × %2"), OutputSize::kNative);
  size_->setCurrentIndex(size_->findData(static_cast<int>(chosen)));
  // A picture that is shown whole is not enlarged.
  size_->setEnabled(!(sizes_.front() == sizes_.back()));
}

void ExportDialog::list_encoders() {
  const QSignalBlocker quiet(encoder_);
  encoder_->clear();
  encoder_->addItem(tr("Software (x264, x265)"), static_cast<int>(EncoderKind::kSoftware));
  form_->setRowVisible(encoder_, false);
  // Opening the GPU's encoder, as the first one to ask does, takes a driver up to a second.
  encoder_trial_.start([this, opens = nvenc_opens_, codec = static_cast<VideoCodec>(codec_->currentData().toInt())](const std::stop_token&, const NewestJob::Tell& tell) {
    tell([this, usable = opens(codec)] {
      if (usable) encoder_->addItem(tr("NVENC (on the GPU, faster)"), static_cast<int>(EncoderKind::kNvenc));
      form_->setRowVisible(encoder_, usable);
      Q_EMIT encoders_listed();
    });
  });
}

bool ExportDialog::opens_nvenc(VideoCodec codec) { return nvenc_available(codec).ok(); }

void ExportDialog::choose_file() {
  const QString name = QFileDialog::getSaveFileName(this, tr("Export to"), name_->text(), tr("Video files (*.mp4 *.mov *.mkv)"));
  if (!name.isEmpty()) name_->setText(name);
}

void ExportDialog::change_codec() {
  list_encoders();
  const EncodeSettings encode = settings().encode;
  crf_->setEnabled(has_quality(encode.codec));
  // The folder and name are the user's; only the container follows the codec, when the present one cannot carry it.
  if (!plan_export(exported(), output(), encode)) {
    std::filesystem::path name = output();
    name.replace_extension(propose_output(*source_, encode, taken_).extension());
    name_->setText(to_qstring(name));
  }
  show_report();
}

void ExportDialog::estimate() {
  const SessionSnapshot& session = model_.snapshot();
  if (!session.exportable()) return;
  ExportSettings as_exported = settings();
  as_exported.fill = model_.fill();
  size_job_->start({source_, session.track, plan_of_size(session.solution, size()), output(), as_exported});
}

void ExportDialog::tell_size(const QString& text) {
  estimate_->setText(text);
  Q_EMIT size_told();
}

QString ExportDialog::size_text() const { return estimate_->text(); }

void ExportDialog::show_report() {
  const auto plan = plan_export(exported(), output(), settings().encode);
  start_->setEnabled(plan.ok());
  size_job_->cancel();
  estimate_->setText(plan ? tr("Estimating the size…") : QString());
  if (plan) rested_.start();
  else rested_.stop();
  if (!plan) {
    report_->setTextFormat(Qt::PlainText);
    report_->setText(QString::fromStdString(plan.error().message));
    return;
  }
  QStringList lines;
  add_lines(lines, tr("Re-encoded"), plan->reencoded);
  add_lines(lines, tr("Kept as it is"), plan->kept);
  add_lines(lines, tr("Dropped"), plan->dropped);
  std::error_code failed, unreadable;
  if (std::filesystem::exists(output(), failed))
    lines << QStringLiteral("<b>%1</b>").arg(tr("The file exists and will be replaced.").toHtmlEscaped());
  const auto space = std::filesystem::space(std::filesystem::absolute(output()).parent_path(), failed);
  const auto source_bytes = std::filesystem::file_size(source_->path, unreadable);
  if (!failed) {
    QString line = tr("%1 free in this folder").arg(locale().formattedDataSize(static_cast<qint64>(space.available)));
    if (!unreadable) line += tr("; the source has %1").arg(locale().formattedDataSize(static_cast<qint64>(source_bytes)));
    lines << line.toHtmlEscaped();
  }
  report_->setTextFormat(Qt::RichText);
  report_->setText(lines.join(QStringLiteral("<br>")));
}

}  // namespace keel::ui
