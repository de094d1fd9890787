// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDialog>
#include <QTimer>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "engine/plan/output_size.h"
#include "engine/session/exporter.h"
#include "ui/newest_job.h"

class QCheckBox;
class QComboBox;
class QFormLayout;
class QLabel;
class QLineEdit;
class QPushButton;
class QSpinBox;

namespace keel::ui {

/// A name next to the source that loses least of it: NAME-steady with the first container that carries every stream, or else the one that drops
/// fewest. Never the name of a file that exists, nor one of `taken` (exports that are still to be written).
[[nodiscard]] std::filesystem::path propose_output(const ClipInfo& source, const EncodeSettings& settings,
                                                   const std::vector<std::filesystem::path>& taken = {});

class SessionModel;
class SizeJob;

/// Where to export to and how, with what will be kept, re-encoded and dropped told before it starts. The clip is the model's, which has a solution.
class ExportDialog : public QDialog {
  Q_OBJECT

 public:
  /// Whether NVENC opens for a codec. May take as long as it likes: it is asked on a thread of its own.
  using NvencTrial = std::function<bool(VideoCodec)>;

  ExportDialog(const SessionModel& model, QWidget* parent, std::vector<std::filesystem::path> taken = {}, NvencTrial nvenc_opens = &opens_nvenc);

  [[nodiscard]] std::filesystem::path output() const;
  [[nodiscard]] ExportSettings settings() const;
  /// Of the stabilized picture; a setting of the clip, so that it is saved and undone with the others.
  [[nodiscard]] OutputSize size() const;
  /// How large the file will be, as the dialog tells it.
  [[nodiscard]] QString size_text() const;

 Q_SIGNALS:
  void size_told();
  void encoders_listed();  ///< all of them, for the codec that is chosen

 private:
  void build();
  void choose_file();
  void change_codec();
  /// Software at once, and NVENC when it is known to open for the codec.
  void list_encoders();
  [[nodiscard]] static bool opens_nvenc(VideoCodec codec);
  void show_report();
  void estimate();
  void tell_size(const QString& text);
  void list_sizes(const WarpPlan& plan, OutputSize chosen);
  /// The clip as the export will be.
  [[nodiscard]] ClipInfo exported() const;

  std::shared_ptr<const ClipInfo> source_;
  std::vector<Size> sizes_;  ///< of the stabilized picture, in the order of the list
  std::vector<std::filesystem::path> taken_;
  QLineEdit* name_;
  QComboBox* codec_;
  QFormLayout* form_ = nullptr;
  QComboBox* encoder_;  ///< hidden until NVENC is known to open
  QSpinBox* crf_;
  QComboBox* size_;
  QCheckBox* side_by_side_;
  QLabel* report_;
  QLabel* estimate_;
  SizeJob* size_job_;
  QTimer rested_;  ///< runs since the last change that changes the size
  const SessionModel& model_;
  QPushButton* start_;
  NvencTrial nvenc_opens_;
  NewestJob encoder_trial_{*this};
};

}  // namespace keel::ui
