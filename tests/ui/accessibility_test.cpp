// SPDX-License-Identifier: GPL-3.0-or-later
// Every control can be named by a screen reader and reached by the keyboard.
#include <QAbstractButton>
#include <QAbstractItemView>
#include <QAccessible>
#include <QComboBox>
#include <QDialog>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QScrollBar>
#include <QSignalSpy>
#include <QSlider>
#include <QTableWidget>
#include <QTest>
#include <QTreeWidget>

#include "engine/motion/motion_estimator.h"
#include "engine/path/path_smoother.h"
#include "tests/ui/ui_test_support.h"
#include "ui/help_dialogs.h"
#include "ui/option_form.h"
#include "ui/panels/export_dialog.h"
#include "ui/session_model.h"
#include "ui/widgets/value_slider.h"

namespace keel::ui::test {
namespace {

/// What a person can do something with. Parts that Qt makes inside its own widgets carry names of Qt's.
bool is_control(const QWidget& widget) {
  if (widget.objectName().startsWith(QStringLiteral("qt_")) || qobject_cast<const QScrollBar*>(&widget) != nullptr) return false;
  if (widget.inherits("QComboBoxPrivateContainer") || widget.inherits("QComboBoxListView") || widget.inherits("QTableCornerButton") ||
      widget.inherits("QLineEditIconButton")) return false;
  const bool kind = qobject_cast<const QAbstractButton*>(&widget) != nullptr || qobject_cast<const QAbstractSlider*>(&widget) != nullptr ||
                    qobject_cast<const QComboBox*>(&widget) != nullptr || qobject_cast<const QLineEdit*>(&widget) != nullptr ||
                    qobject_cast<const QAbstractItemView*>(&widget) != nullptr;
  const bool header = widget.inherits("QHeaderView");
  return !header && (kind || (widget.focusPolicy() & Qt::TabFocus) != 0);
}

QString name_of(QWidget* widget) {
  QAccessibleInterface* accessible = QAccessible::queryAccessibleInterface(widget);
  return accessible != nullptr ? accessible->text(QAccessible::Name) : QString();
}

std::string describe(const QWidget& widget) {
  std::string text = widget.metaObject()->className();
  for (const QWidget* parent = widget.parentWidget(); parent != nullptr; parent = parent->parentWidget())
    text += std::string(" in ") + parent->metaObject()->className();
  return text;
}

void expect_names(QWidget& top) {
  int controls = 0;
  for (QWidget* widget : top.findChildren<QWidget*>()) {
    // Not there for anybody: a button without words waits to be given some.
    const auto* button = qobject_cast<const QAbstractButton*>(widget);
    if (button != nullptr && widget->isHidden() && button->text().isEmpty() && button->icon().isNull()) continue;
    if (!is_control(*widget)) continue;
    ++controls;
    EXPECT_FALSE(name_of(widget).isEmpty()) << describe(*widget);
  }
  EXPECT_GT(controls, 0);
}

class AccessibilityTest : public WindowTest {};

TEST_F(AccessibilityTest, EveryControlOfTheWindow_HasAName) {
  expect_names(*window_);
  open_and_wait(make_sample("clip.y4m"));
  expect_names(*window_);
}

TEST_F(AccessibilityTest, EveryControlOfTheDialogs_HasAName) {
  show_shortcuts(window_.get());
  show_licences(window_.get());
  show_about(window_.get());
  int dialogs = 0;
  for (QDialog* dialog : window_->findChildren<QDialog*>()) {
    ++dialogs;
    expect_names(*dialog);
    dialog->close();
  }
  EXPECT_EQ(dialogs, 3);
  open_and_wait(make_sample("clip.y4m"));
  ExportDialog dialog(window_->model(), window_.get());
  expect_names(dialog);
}

TEST_F(AccessibilityTest, TabKey_ReachesEveryControlOfThePanel_FromTopToBottom) {
  // As tall as it needs: what is scrolled out of sight lies below the export button.
  window_->resize(1280, 1100);
  open_and_wait(make_sample("clip.y4m"));
  QWidget* panel = window_->findChild<QWidget*>(QStringLiteral("sidePanel"));
  ASSERT_NE(panel, nullptr);
  std::vector<QWidget*> reached;
  for (QWidget* at = panel->nextInFocusChain(); at != panel; at = at->nextInFocusChain())
    if (panel->isAncestorOf(at) && at->isVisible() && at->isEnabled() && is_control(*at) && (at->focusPolicy() & Qt::TabFocus) != 0) reached.push_back(at);
  ASSERT_GT(reached.size(), 8U);
  for (std::size_t i = 2; i < reached.size(); ++i) {
    // The list that scrolls comes before what is in it, and the row of a list may hold several controls.
    const int before = reached[i - 1]->mapTo(panel, QPoint(0, reached[i - 1]->height())).y(), now = reached[i]->mapTo(panel, QPoint(0, reached[i]->height())).y();
    if (reached[i - 1]->isAncestorOf(reached[i])) continue;
    EXPECT_GE(now + 8, before) << name_of(reached[i]).toStdString() << " after " << name_of(reached[i - 1]).toStdString();
  }
}

// The list that scrolls has no horizontal bar: what is wider than it is cut off.
TEST_F(AccessibilityTest, Controls_InEveryStateOfTheEstimators_FitIntoThePanel) {
  const QWidget* controls = window_->findChild<QWidget*>(QStringLiteral("controls"));
  ASSERT_NE(controls, nullptr);
  const auto expect_fit = [&] { EXPECT_LE(controls->minimumSizeHint().width(), controls->parentWidget()->width()); };
  expect_fit();
  bool cut_off = false;
  QObject::connect(&window_->model(), &SessionModel::analysis_changed, window_.get(),
                   [&] { cut_off = cut_off || controls->minimumSizeHint().width() > controls->parentWidget()->width(); });
  open_and_wait(make_sample("clip.y4m"));
  expect_fit();
  EXPECT_FALSE(cut_off) << "while analysing";
  StabilizeSettings settings;
  for (const AlgorithmInfo& smoother : path_smoothers()) {
    settings.smoother = smoother.id;
    for (const Framing framing : {Framing::kAdaptive, Framing::kNone}) {
      settings.framing = framing;
      window_->model().set_settings(settings);
      expect_fit();
    }
  }
}

// One description, one slider or list: with its label, its unit for a screen reader, and a tooltip that explains.
TEST(OptionForm, EveryOptionOfEveryAlgorithm_HasLabelUnitAndHelp) {
  std::vector<AlgorithmInfo> all;
  for (const AlgorithmInfo& info : path_smoothers()) all.push_back(info);
  for (const AlgorithmInfo& info : motion_estimators()) all.push_back(info);
  for (const AlgorithmInfo& info : all) {
    OptionForm form;
    form.set_options(info.options, {}, {});
    const auto sliders = form.findChildren<ValueSlider*>();
    const auto lists = form.findChildren<QComboBox*>();
    ASSERT_EQ(sliders.size() + lists.size(), static_cast<qsizetype>(info.options.size())) << info.id;
    EXPECT_TRUE(form.values().empty()) << "a default that its control cannot hold: " << info.id;
    qsizetype slider = 0, list = 0;
    for (const OptionDescriptor& option : info.options) {
      SCOPED_TRACE(info.id + "." + option.id);
      EXPECT_FALSE(option.label.empty() || option.help.empty());
      const QString label = QString::fromStdString(option.label), help = QString::fromStdString(option.help);
      if (!option.choices.empty()) {
        const QComboBox& shown = *lists[list++];
        EXPECT_EQ(shown.accessibleName(), label);
        EXPECT_TRUE(shown.toolTip().contains(help));
        EXPECT_EQ(shown.count(), static_cast<int>(option.choices.size()));
        EXPECT_EQ(shown.currentIndex(), static_cast<int>(option.fallback));
        continue;
      }
      ValueSlider& shown = *sliders[slider++];
      EXPECT_TRUE(shown.slider()->accessibleName().startsWith(label));
      EXPECT_TRUE(shown.slider()->accessibleName().endsWith(QString::fromStdString(option.unit)));
      EXPECT_TRUE(shown.toolTip().contains(help));
      EXPECT_NEAR(shown.value(), option.fallback, (option.maximum - option.minimum) / 90);
    }
  }
}

TEST(OptionForm, ChoiceOfAList_IsItsNumberAndIsShownAgain) {
  const std::vector<OptionDescriptor> options{{"precision", "Precision", "", "How exact", 0, 1, 0, true, {"full", "half"}}};
  OptionForm form;
  form.set_options(options, {}, {});
  auto* list = form.findChild<QComboBox*>();
  ASSERT_NE(list, nullptr);
  QSignalSpy edited(&form, &OptionForm::edited);
  list->setFocus();
  QTest::keyClick(list, Qt::Key_Down);
  EXPECT_EQ(edited.count(), 1);
  EXPECT_EQ(form.values(), (OptionValues{{"precision", 1}}));
  OptionForm again;
  again.set_options(options, form.values(), {});
  EXPECT_EQ(again.findChild<QComboBox*>()->currentText(), QStringLiteral("half"));
}

TEST_F(AccessibilityTest, LicencesDialog_ShowsEachPartsLicence) {
  show_licences(window_.get());
  auto* dialog = window_->findChild<QDialog*>();
  ASSERT_NE(dialog, nullptr);
  auto* list = dialog->findChild<QTreeWidget*>();
  auto* text = dialog->findChild<QPlainTextEdit*>();
  ASSERT_TRUE(list != nullptr && text != nullptr);
  EXPECT_TRUE(text->toPlainText().contains(QStringLiteral("GNU GENERAL PUBLIC LICENSE")));
  for (int i = 0; i < list->topLevelItemCount(); ++i) {
    list->setCurrentItem(list->topLevelItem(i));
    EXPECT_TRUE(text->toPlainText().contains(list->topLevelItem(i)->text(0)));
    EXPECT_TRUE(text->toPlainText().contains(QStringLiteral("https://"))) << i;
    EXPECT_GT(text->toPlainText().size(), 80) << i;
  }
  dialog->close();
}

TEST_F(AccessibilityTest, ShortcutsDialog_WhateverIsSearched_CutsNoLineOff) {
  show_shortcuts(window_.get());
  auto* dialog = window_->findChild<QDialog*>();
  ASSERT_NE(dialog, nullptr);
  auto* table = dialog->findChild<QTableWidget*>();
  ASSERT_NE(table, nullptr);
  for (const int width : {640, 420}) {
    dialog->resize(width, 560);
    for (const char* wanted : {"", "zoom", "side"}) {
      auto* search = dialog->findChild<QLineEdit*>();
      search->clear();
      QTest::keyClicks(search, QLatin1String(wanted));
      ASSERT_TRUE(wait_for([&] { return dialog->width() == width; }));
      QApplication::processEvents();
      int rows = 0;
      for (int row = 0; row < table->rowCount(); ++row) {
        if (table->isRowHidden(row) || table->columnSpan(row, 0) > 1) continue;
        ++rows;
        const QRect cell = table->visualRect(table->model()->index(row, 1));
        const QString text = table->item(row, 1)->text();
        const QRect needed = table->fontMetrics().boundingRect(QRect(0, 0, cell.width() - 8, 1000), Qt::TextWordWrap, text);
        EXPECT_LE(needed.width(), cell.width()) << text.toStdString();
        EXPECT_LE(needed.height(), cell.height()) << text.toStdString() << " at " << width;
        EXPECT_LE(cell.right(), table->viewport()->width()) << text.toStdString();
      }
      EXPECT_GT(rows, 1) << wanted;
    }
  }
  dialog->close();
}

}  // namespace
}  // namespace keel::ui::test
