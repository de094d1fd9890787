// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/clip_opener.h"

#include "ui/session_model.h"

namespace keel::ui {

ClipOpener::ClipOpener(QObject* parent) : QObject(parent) { pool_.setMaxThreadCount(1); }

void ClipOpener::look_into(const std::filesystem::path& clip, int ticket) {
  pool_.start([this, clip, ticket] {
    const auto info = probe(clip);
    const QString name = to_qstring(clip);
    QMetaObject::invokeMethod(
        this,
        [this, name, ticket, info] {
          if (info) {
            Q_EMIT accepted(name, ticket, *info);
          } else {
            Q_EMIT refused(name, ticket, QString::fromStdString(info.error().message));
          }
        },
        Qt::QueuedConnection);
  });
}

}  // namespace keel::ui
