// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/learned/local_correlation.h"

#include <map>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

#include "engine/learned/correlation_kernels.h"
#ifdef KEEL_CORRELATION_CUDA
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>

#include "engine/learned/correlation_cuda.h"
#endif

namespace keel::learned {
namespace {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::tensor_list;

constexpr int kMaxFusedRadius = 4;
/// Of the largest magnitude: float sums of some dozen products in another order.
constexpr double kSelfCheckTolerance = 1e-4;

template <class T>
void forward_cpu(const CorrelationShape& shape, const Tensor& a, const Tensor& b, Tensor& out) {
  const std::int64_t map = shape.channels * shape.height * shape.width, result = shape.taps() * shape.height * shape.width;
  at::parallel_for(0, a.size(0), 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t n = begin; n < end; ++n) correlate(shape, a.data_ptr<T>() + n * map, b.data_ptr<T>() + n * map, out.data_ptr<T>() + n * result);
  });
}

template <class T>
void backward_cpu(const CorrelationShape& shape, const Tensor& grad, const Tensor& a, const Tensor& b, Tensor& grad_a, Tensor& grad_b) {
  const std::int64_t map = shape.channels * shape.height * shape.width, result = shape.taps() * shape.height * shape.width;
  at::parallel_for(0, a.size(0), 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t n = begin; n < end; ++n)
      correlate_backward(shape, grad.data_ptr<T>() + n * result, a.data_ptr<T>() + n * map, b.data_ptr<T>() + n * map, grad_a.data_ptr<T>() + n * map,
                         grad_b.data_ptr<T>() + n * map);
  });
}

#ifdef KEEL_CORRELATION_CUDA
constexpr bool kHasCuda = true;

void check(const char* failure) {
  if (failure != nullptr) throw std::runtime_error(std::string("the correlation on the device: ") + failure);
}

template <class T>
void forward_cuda(const CorrelationShape& shape, const Tensor& a, const Tensor& b, Tensor& out) {
  const c10::cuda::CUDAGuard on(a.device());
  check(correlate_on_device<T>(shape, static_cast<int>(a.size(0)), a.data_ptr<T>(), b.data_ptr<T>(), out.data_ptr<T>(), c10::cuda::getCurrentCUDAStream().stream()));
}

template <class T>
void backward_cuda(const CorrelationShape& shape, const Tensor& grad, const Tensor& a, const Tensor& b, Tensor& grad_a, Tensor& grad_b) {
  const c10::cuda::CUDAGuard on(a.device());
  check(correlate_backward_on_device<T>(shape, static_cast<int>(a.size(0)), grad.data_ptr<T>(), a.data_ptr<T>(), b.data_ptr<T>(), grad_a.data_ptr<T>(), grad_b.data_ptr<T>(),
                                        c10::cuda::getCurrentCUDAStream().stream()));
}
#else
constexpr bool kHasCuda = false;

template <class T>
void forward_cuda(const CorrelationShape&, const Tensor&, const Tensor&, Tensor&) {
  throw std::logic_error("this build has no correlation on the device");
}
template <class T>
void backward_cuda(const CorrelationShape&, const Tensor&, const Tensor&, const Tensor&, Tensor&, Tensor&) {
  throw std::logic_error("this build has no correlation on the device");
}
#endif

template <class T>
void forward_on(const CorrelationShape& shape, const Tensor& a, const Tensor& b, Tensor& out) {
  if (a.is_cuda()) forward_cuda<T>(shape, a, b, out);
  else forward_cpu<T>(shape, a, b, out);
}

template <class T>
void backward_on(const CorrelationShape& shape, const Tensor& grad, const Tensor& a, const Tensor& b, Tensor& grad_a, Tensor& grad_b) {
  if (a.is_cuda()) backward_cuda<T>(shape, grad, a, b, grad_a, grad_b);
  else backward_cpu<T>(shape, grad, a, b, grad_a, grad_b);
}

CorrelationShape shape_of(const Tensor& a, int radius) { return {a.size(1), a.size(2), a.size(3), radius}; }

Tensor fused_forward(const Tensor& a_in, const Tensor& b_in, int radius) {
  const Tensor a = a_in.contiguous(), b = b_in.contiguous();
  const CorrelationShape shape = shape_of(a, radius);
  Tensor out = torch::empty({a.size(0), shape.taps(), shape.height, shape.width}, a.options());
  if (a.scalar_type() == torch::kDouble) forward_on<double>(shape, a, b, out);
  else forward_on<float>(shape, a, b, out);
  return out;
}

struct FusedCorrelation : torch::autograd::Function<FusedCorrelation> {
  static Tensor forward(AutogradContext* context, const Tensor& a, const Tensor& b, std::int64_t radius) {
    context->save_for_backward({a.contiguous(), b.contiguous()});
    context->saved_data["radius"] = radius;
    return fused_forward(a, b, static_cast<int>(radius));
  }
  static tensor_list backward(AutogradContext* context, tensor_list grads) {
    const auto saved = context->get_saved_variables();
    const Tensor grad = grads[0].contiguous(), &a = saved[0], &b = saved[1];
    const CorrelationShape shape = shape_of(a, static_cast<int>(context->saved_data["radius"].toInt()));
    Tensor grad_a = torch::empty_like(a), grad_b = torch::empty_like(b);
    if (a.scalar_type() == torch::kDouble) backward_on<double>(shape, grad, a, b, grad_a, grad_b);
    else backward_on<float>(shape, grad, a, b, grad_a, grad_b);
    return {grad_a, grad_b, Tensor()};
  }
};

bool has_fused_kernel(const torch::Device& device) { return device.is_cpu() || (kHasCuda && device.is_cuda()); }

bool has_fused_type(const Tensor& a) { return a.scalar_type() == torch::kFloat || a.scalar_type() == torch::kDouble; }

bool near(const Tensor& a, const Tensor& b) {
  return ((a - b).abs().max() <= kSelfCheckTolerance * b.abs().max()).item<bool>();
}

bool self_check(const torch::Device& device) {
  const c10::InferenceMode outside_of_inference(false);
  torch::AutoGradMode with_gradients(true);
  for (int radius = 1; radius <= kMaxFusedRadius; ++radius) {
    const auto options = torch::TensorOptions().device(device);
    // Odd sides and a channel count that no block divides. Values by formula: drawing from the global generator would change a training run.
    const auto wave = [&](double step) { return torch::sin(torch::arange(2 * 6 * 9 * 13, options) * step).view({2, 6, 9, 13}); };
    const Tensor a = wave(0.7).requires_grad_(), b = wave(1.3).requires_grad_();
    const Tensor weight = torch::cos(torch::arange(2 * (2 * radius + 1) * (2 * radius + 1) * 9 * 13, options) * 0.9)
                              .view({2, (2 * radius + 1) * (2 * radius + 1), 9, 13});
    const Tensor fused = FusedCorrelation::apply(a, b, radius), plain = local_correlation_reference(a, b, radius);
    const auto fused_grads = torch::autograd::grad({(fused * weight).sum()}, {a, b}), plain_grads = torch::autograd::grad({(plain * weight).sum()}, {a, b});
    if (!near(fused, plain) || !near(fused_grads[0], plain_grads[0]) || !near(fused_grads[1], plain_grads[1])) return false;
  }
  return true;
}

}  // namespace

Tensor local_correlation_reference(const Tensor& a, const Tensor& b, int radius) {
  const std::int64_t height = a.size(2), width = a.size(3);
  const Tensor padded = torch::constant_pad_nd(b, {radius, radius, radius, radius});
  std::vector<Tensor> taps;
  for (int dy = 0; dy <= 2 * radius; ++dy)
    for (int dx = 0; dx <= 2 * radius; ++dx) taps.push_back((a * padded.slice(2, dy, dy + height).slice(3, dx, dx + width)).sum(1));
  return torch::stack(taps, 1);
}

bool fused_correlation_agrees(const torch::Device& device) {
  static std::mutex mutex;
  static std::map<std::string, bool> known;  // guarded by mutex
  const std::lock_guard lock(mutex);
  const auto found = known.find(device.str());
  if (found != known.end()) return found->second;
  bool agrees = false;
  try {
    agrees = has_fused_kernel(device) && self_check(device);
  } catch (const std::exception&) {
    // A device that cannot even run it: the reference serves.
  }
  return known[device.str()] = agrees;
}

Tensor local_correlation(const Tensor& a, const Tensor& b, int radius) {
  const bool fused = radius >= 1 && radius <= kMaxFusedRadius && has_fused_type(a) && fused_correlation_agrees(a.device());
  if (!fused) return local_correlation_reference(a, b, radius);
  // Nothing to remember where nobody asks for gradients; inference tensors could not be remembered at all.
  if (!torch::GradMode::is_enabled()) return fused_forward(a, b, radius);
  return FusedCorrelation::apply(a, b, static_cast<std::int64_t>(radius));
}

}  // namespace keel::learned
