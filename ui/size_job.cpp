// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/size_job.h"

#include "engine/session/size_estimate.h"

namespace keel::ui {

SizeJob::SizeJob(QObject* parent) : QObject(parent) { pool_.setMaxThreadCount(1); }

SizeJob::~SizeJob() {
  cancel();
  pool_.waitForDone();
}

void SizeJob::cancel() {
  stop_.request_stop();
  ++newest_;
}

void SizeJob::start(const SizeRequest& request) {
  cancel();
  stop_ = std::stop_source();
  pool_.start([this, request, stop = stop_.get_token(), ticket = newest_] {
    const auto bytes = estimate_size(*request.clip, request.track->pts, *request.plan, request.output, request.settings, stop);
    QMetaObject::invokeMethod(
        this,
        [this, bytes, ticket] {
          if (ticket != newest_) return;
          if (bytes) {
            Q_EMIT estimated(*bytes);
          } else {
            Q_EMIT failed(QString::fromStdString(bytes.error().message));
          }
        },
        Qt::QueuedConnection);
  });
}

}  // namespace keel::ui
