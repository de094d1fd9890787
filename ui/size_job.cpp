// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/size_job.h"

#include "engine/session/size_estimate.h"

namespace keel::ui {

void SizeJob::start(const SizeRequest& request) {
  job_.start([this, request](const std::stop_token& stop, const NewestJob::Tell& tell) {
    const auto bytes = estimate_size(*request.clip, request.track->pts, *request.plan, request.output, request.settings, stop);
    tell([this, bytes] {
      if (bytes) {
        Q_EMIT estimated(*bytes);
      } else {
        Q_EMIT failed(QString::fromStdString(bytes.error().message));
      }
    });
  });
}

}  // namespace keel::ui
