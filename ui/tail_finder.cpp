// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/tail_finder.h"

namespace keel::ui {

TailFinder::TailFinder(QObject* parent) : QObject(parent) {}
TailFinder::~TailFinder() = default;

TailsPtr TailFinder::find(const SessionSnapshot& session, std::int64_t frame) {
  if (!session.clip || !session.track || frame < 0) return nullptr;
  if (!tails_)
    tails_ = std::make_unique<FeatureTails>([this] {
      if (wake_posted_.exchange(true)) return;
      QMetaObject::invokeMethod(
          this,
          [this] {
            wake_posted_ = false;
            Q_EMIT found();
          },
          Qt::QueuedConnection);
    });
  if (auto known = tails_->find(session.clip->path, frame)) return known;
  // A longer prefix may know the frame that a shorter one did not; the same question twice would have the same answer.
  const bool asked = asked_clip_ == session.clip->path && asked_frame_ == frame && asked_track_ == session.track;
  if (!asked) {
    asked_clip_ = session.clip->path;
    asked_frame_ = frame;
    asked_track_ = session.track;
    tails_->request(asked_clip_, asked_track_, frame);
  }
  return nullptr;
}

}  // namespace keel::ui
