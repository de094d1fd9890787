// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/help_dialogs.h"

#include <QAction>
#include <QCoreApplication>
#include <QDialog>
#include <QDialogButtonBox>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QMainWindow>
#include <QMenu>
#include <QMenuBar>
#include <QTableWidget>
#include <QVBoxLayout>
#include <functional>
#include <vector>

#include "ui/panels/panel_parts.h"

namespace keel::ui {
namespace {

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
  collect(window.menuBar()->actions());
  out.push_back({QStringLiteral("S"), translated("Stabilized picture on or off; hold for a moment's look")});
  out.push_back({translated("Wheel"), translated("Zoom at the cursor, on the pictures and on the plots")});
  out.push_back({translated("Middle drag"), translated("Move the zoomed pictures; the left button does too, except in a wipe")});
  out.push_back({translated("Drag in a wipe"), translated("Move the divider")});
  out.push_back({translated("Click a picture's name"), translated("Choose what that side shows: the original or an estimator's result")});
  out.push_back({translated("Double-click a control"), translated("Set it back to its default")});
  return out;
}

void filter_rows(QTableWidget& table, const QString& wanted) {
  for (int row = 0; row < table.rowCount(); ++row) {
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
  for (int row = 0; row < table->rowCount(); ++row) {
    const Shortcut& shortcut = shortcuts[static_cast<std::size_t>(row)];
    table->setItem(row, 0, new QTableWidgetItem(shortcut.keys));
    table->setItem(row, 1, new QTableWidgetItem(shortcut.action));
  }
  table->resizeColumnToContents(0);
  table->horizontalHeader()->setStretchLastSection(true);
  return table;
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
  dialog->resize(560, 560);
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
