// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

#include "engine/learned/torch_api.h"

namespace keel::learned {

/// Largest difference between the analytic gradient of a scalar and central differences, over all elements of `inputs`.
inline double gradient_error(const std::function<torch::Tensor(const std::vector<torch::Tensor>&)>& scalar, std::vector<torch::Tensor> inputs) {
  constexpr double kStep = 1e-6;
  for (torch::Tensor& input : inputs) input = input.detach().clone().requires_grad_();
  const auto gradients = torch::autograd::grad({scalar(inputs)}, {inputs.begin(), inputs.end()});
  double worst = 0;
  // Values through the differentiable way too: without gradients the solver takes another path.
  for (std::size_t k = 0; k < inputs.size(); ++k)
    for (std::int64_t i = 0; i < inputs[k].numel(); ++i) {
      const auto moved = [&](double by) {
        std::vector<torch::Tensor> changed = inputs;
        changed[k] = inputs[k].detach().clone();
        changed[k].view(-1)[i] += by;
        changed[k].requires_grad_();
        return scalar(changed).item<double>();
      };
      worst = std::max(worst, std::abs((moved(kStep) - moved(-kStep)) / (2 * kStep) - gradients[k].reshape(-1)[i].item<double>()));
    }
  return worst;
}

}  // namespace keel::learned
