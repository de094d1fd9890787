// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/help_dialogs.h"

#include <QAction>
#include <QCoreApplication>
#include <QDialog>
#include <QDialogButtonBox>
#include <QFile>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QMainWindow>
#include <QMenu>
#include <QMenuBar>
#include <QPlainTextEdit>
#include <QTableWidget>
#include <QTreeWidget>
#include <QVBoxLayout>
#include <algorithm>
#include <array>
#include <functional>
#include <vector>

#include "ui/panels/panel_parts.h"
#include "ui/theme.h"

namespace keel::ui {
namespace {

constexpr int kKeysMargin = 36;  ///< px
constexpr int kRowPadding = 8;  ///< px, above and below a shortcut together

/// Without an action: the heading of those that follow.
struct Shortcut {
  QString keys, action;
};

QString translated(const char* text) { return QCoreApplication::translate("shortcuts", text); }

/// The menus' keys in the menus' order, then what no action can carry.
std::vector<Shortcut> collect_shortcuts(const QMainWindow& window) {
  std::vector<Shortcut> out;
  const std::function<void(const QList<QAction*>&)> collect = [&](const QList<QAction*>& actions) {
    for (const QAction* action : actions) {
      if (action->menu() != nullptr) collect(action->menu()->actions());
      const QString name = action->text().section(QLatin1Char('\t'), 0, 0).remove(QLatin1Char('&')).remove(QStringLiteral("…"));
      if (!action->shortcut().isEmpty()) out.push_back({action->shortcut().toString(QKeySequence::NativeText), name});
    }
  };
  for (QAction* top : window.menuBar()->actions()) {
    out.push_back({QString(top->text()).remove(QLatin1Char('&')), QString()});
    collect({top});
    // A menu without keys needs no heading.
    if (out.back().action.isEmpty()) out.pop_back();
  }
  out.push_back({translated("On the pictures and controls"), QString()});
  out.push_back({QStringLiteral("S"), translated("Stabilized picture on or off; hold for a moment's look")});
  out.push_back({translated("Wheel"), translated("Zoom at the cursor, on the pictures and on the plots")});
  out.push_back({translated("Middle drag"), translated("Move the zoomed pictures; the left button does too, except in a wipe")});
  out.push_back({translated("Drag in a wipe"), translated("Move the divider")});
  out.push_back({translated("Click a picture's name"), translated("Choose what that side shows: the original or an estimator's result")});
  out.push_back({translated("Tab, then Enter"), translated("Go from control to control; press the one that has the focus (Space plays)")});
  out.push_back({translated("Double-click a control"), translated("Set it back to its default")});
  return out;
}

void filter_rows(QTableWidget& table, const QString& wanted) {
  for (int row = 0; row < table.rowCount(); ++row) {
    const bool heading = table.columnSpan(row, 0) > 1;
    if (heading) {
      table.setRowHidden(row, !wanted.isEmpty());
      continue;
    }
    const bool found =
        table.item(row, 0)->text().contains(wanted, Qt::CaseInsensitive) || table.item(row, 1)->text().contains(wanted, Qt::CaseInsensitive);
    table.setRowHidden(row, !found);
  }
}

QTableWidget* make_table(const std::vector<Shortcut>& shortcuts, QWidget* parent) {
  auto* table = new QTableWidget(static_cast<int>(shortcuts.size()), 2, parent);
  table->setAccessibleName(translated("Keyboard shortcuts"));
  table->setEditTriggers(QAbstractItemView::NoEditTriggers);
  table->setSelectionMode(QAbstractItemView::NoSelection);
  table->setShowGrid(false);
  table->horizontalHeader()->hide();
  table->verticalHeader()->hide();
  table->verticalHeader()->setDefaultSectionSize(table->fontMetrics().height() + kRowPadding);
  for (int row = 0; row < table->rowCount(); ++row) {
    const Shortcut& shortcut = shortcuts[static_cast<std::size_t>(row)];
    table->setItem(row, 0, new QTableWidgetItem(shortcut.keys));
    table->setItem(row, 1, new QTableWidgetItem(shortcut.action));
    if (!shortcut.action.isEmpty()) continue;
    table->setSpan(row, 0, 1, 2);
    QFont bold = table->font();
    bold.setBold(true);
    table->item(row, 0)->setFont(bold);
    table->item(row, 0)->setForeground(ink(Ink::kDim));
  }
  // Not by the headings, which reach over both columns.
  int widest = 0;
  for (const Shortcut& shortcut : shortcuts)
    if (!shortcut.action.isEmpty()) widest = std::max(widest, table->fontMetrics().horizontalAdvance(shortcut.keys));
  table->setColumnWidth(0, widest + kKeysMargin);
  table->horizontalHeader()->setStretchLastSection(true);
  // What does not fit into a line takes two, at every width of the dialog.
  table->setWordWrap(true);
  table->setTextElideMode(Qt::ElideNone);
  table->verticalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
  table->verticalHeader()->setMinimumSectionSize(table->fontMetrics().height() + kRowPadding);
  return table;
}

/// A part of the program and what it may be used under.
struct Component {
  const char* name;
  const char* what_for;
  const char* licence;  ///< as SPDX writes it
  const char* notice;   ///< whose it is
  const char* text;     ///< of the resources; empty where `address` has to do
  const char* address;
};

/// Of the libraries, those that Keel's own code is built with; what they bring along has its licences in the system's own folders.
constexpr std::array kComponents{
    Component{"Keel", QT_TRANSLATE_NOOP("licences", "this program"), "GPL-3.0-or-later", "", "gpl-3.txt", "https://www.gnu.org/licenses/gpl-3.0.html"},
    Component{"Qt 6", QT_TRANSLATE_NOOP("licences", "window"), "LGPL-3.0-only", "The Qt Company Ltd. and other contributors", "",
              "https://doc.qt.io/qt-6/licensing.html"},
    Component{"QCustomPlot", QT_TRANSLATE_NOOP("licences", "plots"), "GPL-3.0-or-later", "Emanuel Eichhammer", "gpl-3.txt", "https://www.qcustomplot.com"},
    Component{"FFmpeg", QT_TRANSLATE_NOOP("licences", "reading and writing videos"),
              QT_TRANSLATE_NOOP("licences", "LGPL-2.1-or-later, or GPL-2.0-or-later where it is built with x264"), "the FFmpeg developers", "",
              "https://ffmpeg.org/legal.html"},
    Component{"LibTorch", QT_TRANSLATE_NOOP("licences", "learned estimators, loaded on first use"), "BSD-3-Clause",
              "Meta Platforms, Inc. and affiliates, and the contributors named in its NOTICE", "bsd-3-clause.txt",
              "https://github.com/pytorch/pytorch/blob/main/LICENSE"},
    Component{"Eigen", QT_TRANSLATE_NOOP("licences", "linear algebra"), "MPL-2.0", "the Eigen developers", "", "https://www.mozilla.org/MPL/2.0/"},
    Component{"{fmt}", QT_TRANSLATE_NOOP("licences", "texts"), "MIT", "Copyright (c) 2012 - present, Victor Zverovich and {fmt} contributors", "mit.txt",
              "https://fmt.dev"},
    Component{"JSON for Modern C++", QT_TRANSLATE_NOOP("licences", "project files"), "MIT", "Copyright (c) 2013-2022 Niels Lohmann", "mit.txt",
              "https://json.nlohmann.me"},
    Component{"CLI11", QT_TRANSLATE_NOOP("licences", "the command line"), "BSD-3-Clause",
              "Copyright (c) 2017-2022 University of Cincinnati, developed by Henry Schreiner under NSF AWARD 1414736", "bsd-3-clause.txt",
              "https://github.com/CLIUtils/CLI11"},
};

QString of_licences(const char* text) { return QCoreApplication::translate("licences", text); }

QString licence_text(const Component& component) {
  QString text = QStringLiteral("%1\n%2\n%3\n\n").arg(QLatin1String(component.name), of_licences(component.licence), QLatin1String(component.address));
  if (*component.notice != '\0') text += QLatin1String(component.notice) + QStringLiteral("\n\n");
  QFile file(QStringLiteral(":/licences/") + QLatin1String(component.text));
  if (*component.text != '\0' && file.open(QIODevice::ReadOnly)) return text + QString::fromUtf8(file.readAll());
  return text + of_licences("The full text is at the address above.");
}

QDialog* make_dialog(QWidget* parent, const QString& title) {
  auto* dialog = new QDialog(parent);
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setWindowTitle(title);
  new QVBoxLayout(dialog);
  return dialog;
}

void add_close_button(QDialog* dialog) {
  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close, dialog);
  QObject::connect(buttons, &QDialogButtonBox::rejected, dialog, &QDialog::close);
  dialog->layout()->addWidget(buttons);
}

}  // namespace

void show_shortcuts(QMainWindow* parent) {
  QDialog* dialog = make_dialog(parent, translated("Keyboard shortcuts"));
  auto* search = new QLineEdit(dialog);
  search->setPlaceholderText(translated("Search"));
  search->setAccessibleName(translated("Search the shortcuts"));
  search->setClearButtonEnabled(true);
  QTableWidget* table = make_table(collect_shortcuts(*parent), dialog);
  QObject::connect(search, &QLineEdit::textChanged, table, [table](const QString& wanted) { filter_rows(*table, wanted); });
  dialog->layout()->addWidget(search);
  dialog->layout()->addWidget(table);
  add_close_button(dialog);
  dialog->resize(640, 560);
  dialog->show();
}

void show_licences(QWidget* parent) {
  QDialog* dialog = make_dialog(parent, of_licences("Licences"));
  auto* list = new QTreeWidget(dialog);
  list->setAccessibleName(of_licences("Parts of the program and their licences"));
  list->setHeaderLabels({of_licences("Part"), of_licences("Used for"), of_licences("Licence")});
  list->setRootIsDecorated(false);
  for (const Component& component : kComponents)
    list->addTopLevelItem(new QTreeWidgetItem({QLatin1String(component.name), of_licences(component.what_for), of_licences(component.licence)}));
  for (const int column : {0, 1}) list->resizeColumnToContents(column);
  list->setMaximumHeight((static_cast<int>(kComponents.size()) + 2) * (list->sizeHintForRow(0) + 2));
  auto* text = new QPlainTextEdit(dialog);
  text->setReadOnly(true);
  text->setAccessibleName(of_licences("Text of the licence"));
  QObject::connect(list, &QTreeWidget::currentItemChanged, text, [list, text](QTreeWidgetItem* item) {
    if (item != nullptr) text->setPlainText(licence_text(kComponents[static_cast<std::size_t>(list->indexOfTopLevelItem(item))]));
  });
  list->setCurrentItem(list->topLevelItem(0));
  dialog->layout()->addWidget(list);
  dialog->layout()->addWidget(text);
  add_close_button(dialog);
  dialog->resize(760, 640);
  dialog->show();
}

void show_about(QWidget* parent) {
  QDialog* dialog = make_dialog(parent, translated("About Keel"));
  dialog->layout()->addWidget(make_label(QStringLiteral("Keel %1").arg(QCoreApplication::applicationVersion()), "title", dialog));
  auto* text = new QLabel(translated("A video stabilizer. Free software under the GNU General Public License, version 3 or later.\n"
                                     "Built with Qt, QCustomPlot and FFmpeg."),
                          dialog);
  dialog->layout()->addWidget(text);
  add_close_button(dialog);
  dialog->show();
}

}  // namespace keel::ui
