// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/clip_opener.h"

#include "engine/media/clip_info.h"
#include "ui/session_model.h"

namespace keel::ui {

ClipOpener::ClipOpener(QObject* parent) : QObject(parent) { pool_.setMaxThreadCount(1); }

void ClipOpener::look_into(const std::filesystem::path& clip, int ticket) {
  pool_.start([this, clip, ticket] {
    const auto info = probe(clip);
    const QString name = to_qstring(clip), sentence = info.ok() ? QString() : QString::fromStdString(info.error().message);
    QMetaObject::invokeMethod(
        this,
        [this, name, ticket, sentence] {
          if (sentence.isEmpty()) {
            Q_EMIT accepted(name, ticket);
          } else {
            Q_EMIT refused(name, ticket, sentence);
          }
        },
        Qt::QueuedConnection);
  });
}

}  // namespace keel::ui
