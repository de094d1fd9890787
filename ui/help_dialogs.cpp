// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/help_dialogs.h"

#include <QCoreApplication>
#include <QDialog>
#include <QDialogButtonBox>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QTableWidget>
#include <QVBoxLayout>
#include <array>

#include "ui/panels/panel_parts.h"

namespace keel::ui {
namespace {

struct Shortcut {
  const char* keys;
  const char* action;
};

constexpr std::array kShortcuts{
    Shortcut{"Space", QT_TRANSLATE_NOOP("shortcuts", "Play or pause")},
    Shortcut{"J, K, L", QT_TRANSLATE_NOOP("shortcuts", "Play backwards, pause, play; again for double speed")},
    Shortcut{"Left, Right", QT_TRANSLATE_NOOP("shortcuts", "One frame back, one frame on")},
    Shortcut{"Shift+Left, Shift+Right", QT_TRANSLATE_NOOP("shortcuts", "Ten frames back, ten frames on")},
    Shortcut{"Home, End", QT_TRANSLATE_NOOP("shortcuts", "First frame, last frame")},
    Shortcut{"\\", QT_TRANSLATE_NOOP("shortcuts", "Loop on or off")},
    Shortcut{"S", QT_TRANSLATE_NOOP("shortcuts", "Stabilized picture on or off; hold for a moment's look")},
    Shortcut{"F11", QT_TRANSLATE_NOOP("shortcuts", "Full screen")},
    Shortcut{"Ctrl+O", QT_TRANSLATE_NOOP("shortcuts", "Open a clip")},
    Shortcut{"Ctrl+E", QT_TRANSLATE_NOOP("shortcuts", "Export")},
    Shortcut{"Ctrl+Q", QT_TRANSLATE_NOOP("shortcuts", "Quit")},
};

QString translated(const char* text) { return QCoreApplication::translate("shortcuts", text); }

void filter_rows(QTableWidget& table, const QString& wanted) {
  for (int row = 0; row < table.rowCount(); ++row) {
    const bool found =
        table.item(row, 0)->text().contains(wanted, Qt::CaseInsensitive) || table.item(row, 1)->text().contains(wanted, Qt::CaseInsensitive);
    table.setRowHidden(row, !found);
  }
}

QTableWidget* make_table(QWidget* parent) {
  auto* table = new QTableWidget(static_cast<int>(kShortcuts.size()), 2, parent);
  table->setAccessibleName(translated("Keyboard shortcuts"));
  table->setEditTriggers(QAbstractItemView::NoEditTriggers);
  table->setSelectionMode(QAbstractItemView::NoSelection);
  table->setShowGrid(false);
  table->horizontalHeader()->hide();
  table->verticalHeader()->hide();
  for (int row = 0; row < table->rowCount(); ++row) {
    const Shortcut& shortcut = kShortcuts[static_cast<std::size_t>(row)];
    table->setItem(row, 0, new QTableWidgetItem(QString::fromLatin1(shortcut.keys)));
    table->setItem(row, 1, new QTableWidgetItem(translated(shortcut.action)));
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

void show_shortcuts(QWidget* parent) {
  QDialog* dialog = make_dialog(parent, translated("Keyboard shortcuts"));
  auto* search = new QLineEdit(dialog);
  search->setPlaceholderText(translated("Search"));
  search->setAccessibleName(translated("Search the shortcuts"));
  search->setClearButtonEnabled(true);
  QTableWidget* table = make_table(dialog);
  QObject::connect(search, &QLineEdit::textChanged, table, [table](const QString& wanted) { filter_rows(*table, wanted); });
  dialog->layout()->addWidget(search);
  dialog->layout()->addWidget(table);
  add_close_button(dialog);
  dialog->resize(560, 440);
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
