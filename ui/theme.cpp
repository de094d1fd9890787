// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/theme.h"

#include <QApplication>
#include <QFile>
#include <QPalette>
#include <QStyleFactory>

// The macro declares a function of the global namespace.
static void init_resources() { Q_INIT_RESOURCE(keel); }

namespace keel::ui {

void register_resources() { init_resources(); }

void apply_dark_theme(QApplication& application) {
  register_resources();
  application.setStyle(QStyleFactory::create(QStringLiteral("Fusion")));
  const QColor window(30, 32, 37), base(23, 24, 28), button(44, 47, 54), text(226, 229, 234);
  QPalette palette;
  palette.setColor(QPalette::Window, window);
  palette.setColor(QPalette::WindowText, text);
  palette.setColor(QPalette::Base, base);
  palette.setColor(QPalette::AlternateBase, window);
  palette.setColor(QPalette::Text, text);
  palette.setColor(QPalette::Button, button);
  palette.setColor(QPalette::ButtonText, text);
  palette.setColor(QPalette::BrightText, Qt::white);
  palette.setColor(QPalette::ToolTipBase, button);
  palette.setColor(QPalette::ToolTipText, text);
  palette.setColor(QPalette::PlaceholderText, kDimText);
  palette.setColor(QPalette::Highlight, kAccent);
  palette.setColor(QPalette::HighlightedText, base);
  palette.setColor(QPalette::Link, kAccent);
  for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText})
    palette.setColor(QPalette::Disabled, role, QColor(104, 108, 118));
  application.setPalette(palette);
  QFile sheet(QStringLiteral(":/theme/dark.qss"));
  if (sheet.open(QIODevice::ReadOnly)) application.setStyleSheet(QString::fromUtf8(sheet.readAll()));
}

}  // namespace keel::ui
