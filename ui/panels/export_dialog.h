// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDialog>
#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "engine/session/exporter.h"

class QComboBox;
class QLabel;
class QLineEdit;
class QPushButton;
class QSpinBox;

namespace keel::ui {

/// A name next to the source that loses least of it: NAME-steady with the first container that carries every stream, or else the one that drops
/// fewest. Never the name of a file that exists, nor one of `taken` (exports that are still to be written).
[[nodiscard]] std::filesystem::path propose_output(const ClipInfo& source, const EncodeSettings& settings,
                                                   const std::vector<std::filesystem::path>& taken = {});

/// Where to export to and how, with what will be kept, re-encoded and dropped told before it starts.
class ExportDialog : public QDialog {
  Q_OBJECT

 public:
  ExportDialog(std::shared_ptr<const ClipInfo> source, QWidget* parent, std::vector<std::filesystem::path> taken = {});

  [[nodiscard]] std::filesystem::path output() const;
  [[nodiscard]] ExportSettings settings() const;

 private:
  void build();
  void choose_file();
  void change_codec();
  void show_report();

  std::shared_ptr<const ClipInfo> source_;
  std::vector<std::filesystem::path> taken_;
  QLineEdit* name_;
  QComboBox* codec_;
  QSpinBox* crf_;
  QLabel* report_;
  QPushButton* start_;
};

}  // namespace keel::ui
