// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/welcome_page.h"

#include <QFileInfo>
#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QProgressBar>
#include <QPushButton>
#include <QVBoxLayout>

#include "ui/panels/panel_parts.h"
#include "ui/theme.h"

namespace keel::ui {
namespace {

constexpr int kMostRecent = 4;

}  // namespace

WelcomePage::WelcomePage(QWidget* parent) : QWidget(parent), sample_(new QPushButton(tr("Try the sample"), this)), progress_(new QProgressBar(this)), recent_title_(make_label(tr("Opened lately"), "section", this)), recent_(new QVBoxLayout) {
  auto* title = make_label(tr("Drop a clip here"), "title", this);
  auto* text = make_label(tr("Keel finds the camera's motion, smooths it, and shows both pictures side by side."), "dim", this);
  for (QLabel* label : {title, text}) label->setAlignment(Qt::AlignCenter);
  auto* open = new QPushButton(tr("Open…"), this);
  open->setProperty("role", QStringLiteral("primary"));
  open->setToolTip(tr("Choose a video file (Ctrl+O)."));
  sample_->setToolTip(tr("A short hand-held clip that the program draws itself."));
  progress_->setTextVisible(false);
  progress_->setFixedWidth(260);
  progress_->setAccessibleName(tr("Drawing the sample clip"));
  progress_->hide();
  auto* buttons = new QHBoxLayout;
  buttons->setSpacing(12);
  buttons->addStretch(1);
  buttons->addWidget(open);
  buttons->addWidget(sample_);
  buttons->addStretch(1);
  auto* box = new QVBoxLayout(this);
  box->setSpacing(12);
  box->addStretch(1);
  box->addWidget(title);
  box->addWidget(text);
  box->addSpacing(8);
  box->addLayout(buttons);
  box->addWidget(progress_, 0, Qt::AlignHCenter);
  box->addSpacing(12);
  box->addWidget(recent_title_, 0, Qt::AlignHCenter);
  recent_->setSpacing(0);
  box->addLayout(recent_);
  box->addStretch(1);
  recent_title_->hide();
  // The first thing to do is what Enter does.
  setTabOrder(open, sample_);
  setFocusProxy(open);
  connect(open, &QPushButton::clicked, this, &WelcomePage::open_requested);
  connect(sample_, &QPushButton::clicked, this, &WelcomePage::sample_requested);
}

void WelcomePage::show_sample_progress(int done, int total) {
  sample_->setEnabled(total == 0);
  sample_->setText(total == 0 ? tr("Try the sample") : tr("Drawing the sample…"));
  progress_->setVisible(total > 0);
  show_progress(*progress_, done, std::max(total, 1));
}

void WelcomePage::show_recent(const QStringList& files) {
  while (QLayoutItem* item = recent_->takeAt(0)) {
    delete item->widget();
    delete item;
  }
  for (const QString& file : files) {
    if (recent_->count() >= kMostRecent) break;
    if (!QFileInfo::exists(file)) continue;
    auto* button = new QPushButton(QFileInfo(file).fileName().replace(QLatin1Char('&'), QStringLiteral("&&")), this);
    button->setProperty("role", QStringLiteral("link"));
    button->setToolTip(file);
    button->setCursor(Qt::PointingHandCursor);
    connect(button, &QPushButton::clicked, this, [this, file] { Q_EMIT recent_requested(file); });
    recent_->addWidget(button, 0, Qt::AlignHCenter);
  }
  recent_title_->setVisible(recent_->count() > 0);
}

void WelcomePage::paintEvent(QPaintEvent* /*event*/) {
  QPainter painter(this);
  painter.fillRect(rect(), ink(Ink::kSurround));
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(QPen(ink(Ink::kDisabled), 2, Qt::DashLine));
  painter.drawRoundedRect(QRectF(rect()).adjusted(24, 24, -24, -24), 12, 12);
}

}  // namespace keel::ui
