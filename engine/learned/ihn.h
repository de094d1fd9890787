// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <mutex>
#include <tuple>
#include <vector>

#include "engine/learned/corner_fit.h"
#include "engine/learned/torch_api.h"
#include "engine/learned/view_geometry.h"

namespace keel::learned {

/// View sides must be multiples of this.
inline constexpr int kViewMultiple = 16;

/// Sizes of the network; part of the weights' file, so that other widths can be trained and compared.
struct IhnOptions {
  std::array<std::int64_t, kLevels> feature_channels{32, 24, 16};  ///< per level, coarse to fine
  std::array<std::int64_t, kLevels> head_channels{48, 32, 16};
  std::array<int, kLevels> radius{4, 4, 3};      ///< of the correlation, in cells of the level
  std::array<int, kLevels> iterations{2, 2, 2};  ///< each level's head is the same in all of its iterations
  bool operator==(const IhnOptions&) const = default;
};

/// Feature maps of one batch of views, coarse to fine; each [N,C,H/s,W/s], every cell's vector of length about 1. Cell (i, j) is centred on pixel
/// (s*j, s*i) of the view.
using Features = std::array<torch::Tensor, kLevels>;

/// Shared encoder: a grey view [N,1,H,W] in 0..1 (any gain and offset: it is standardised) -> Features. Three strided stages of two convolutions.
class EncoderImpl : public torch::nn::Module {
 public:
  explicit EncoderImpl(const IhnOptions& options);
  Features forward(const torch::Tensor& view);
  /// Type that the convolutions compute in, in inference; features and what goes in are as before.
  void compute_in(torch::ScalarType type) { type_ = type; }

 private:
  torch::ScalarType type_ = torch::kFloat;
  std::array<torch::nn::Conv2d, kLevels> down_{nullptr, nullptr, nullptr}, mix_{nullptr, nullptr, nullptr}, out_{nullptr, nullptr, nullptr};
};
TORCH_MODULE(Encoder);

class RefineGraphs;
struct Recorder;

/// What one level's head says of each cell.
struct CellMotion {
  torch::Tensor shift;       ///< [N,2,H,W] displacement in cells: soft arg-max of the correlation plus a learned correction
  torch::Tensor log_weight;  ///< [N,1,H,W] logarithm of its trust; 0 is ordinary
};

/// Reads a correlation volume [N,(2R+1)^2,H,W].
class HeadImpl : public torch::nn::Module {
 public:
  HeadImpl(int radius, std::int64_t channels);
  CellMotion forward(const torch::Tensor& correlation);
  /// As EncoderImpl's.
  void compute_in(torch::ScalarType type) { type_ = type; }

 private:
  int radius_;
  torch::ScalarType type_ = torch::kFloat;
  torch::Tensor sharpness_;  ///< of the soft arg-max, learned (logarithm)
  torch::nn::Conv2d first_{nullptr}, second_{nullptr}, third_{nullptr}, last_{nullptr};
};
TORCH_MODULE(Head);

/// One refinement step: where the corners of the view are believed to go, and what the step was made of.
struct Step {
  torch::Tensor corners;        ///< [N,4,2] estimated corners in the current view, normalised coordinates (see ViewGeometry)
  torch::Tensor cur_from_prev;  ///< [N,3,3] in normalised coordinates
  torch::Tensor before;         ///< [N,3,3] the estimate that the step started from
  int level = 0;
  CellMotion cells;
  torch::Tensor match;     ///< [N,1,H,W] cosine between a cell's features and those of its match under `before`
  torch::Tensor inside;    ///< [N,1,H,W] 1 where the cell's match lies inside the current view
  torch::Tensor residual;  ///< [N,H*W] distance in pixels of the view between a cell's motion and the fitted one
  torch::Tensor weight;    ///< [N,H*W] final weights of the fit
};

/// How well the cells agree on a step's motion, 0 to 1 for each pair: [N]. Mean over the cells of their trust, w / (1 + w), where the cell's own motion is within a fifth of a cell
/// of the fitted one and nothing elsewhere. Right answers on photographs lie at 0.05 and above, wrong basins at 0.01 and below.
[[nodiscard]] torch::Tensor agreement(const Step& step);

/// Iterative homography network. Each iteration samples the current view's features where the estimate puts the previous view's cells, correlates locally, lets the level's
/// head read a displacement and a trust per cell, and brings those to a 2x2 map of corner displacements by robust weighted least squares (cells that
/// disagree count less, so that a moving foreground loses); Tensor-DLT turns the corners into the next homography.
/// Sources: iterative refinement of warped features, IHN (Cao et al., CVPR 2022) and MCNet (Zhu et al., CVPR 2024).
class IhnImpl : public torch::nn::Module {
 public:
  explicit IhnImpl(const IhnOptions& options = {});
  [[nodiscard]] const IhnOptions& options() const { return options_; }
  /// Changes how often the finer levels are refined, in inference: the heads are the same in all of their iterations. The coarsest level keeps its number.
  void set_looks(int looks) { std::fill(options_.iterations.begin() + 1, options_.iterations.end(), looks); }
  /// Has the convolutions computed in another type, in inference: kHalf on a GPU. Correlation, fit and homographies stay as they are, because a half's 11 bits are a
  /// tenth of a pixel of a view. Weights stay what they are, too.
  void compute_in(torch::ScalarType type);
  /// From now on steps() and search() have refinements recorded and replayed (see refine_graph.h); to be called before the first of them.
  void use_recordings(Recorder recorder);
  /// Null without recordings.
  [[nodiscard]] const RefineGraphs* recordings() const { return graphs_.get(); }
  Features encode(const torch::Tensor& view) { return encoder->forward(view); }
  /// All steps, the last one is the answer. Features of the previous and the current views, [N,...] each, of views of the given geometry. No host synchronisation. Whatever the
  /// features, every step's homography is finite and far from folding.
  std::vector<Step> refine(const Features& prev, const Features& cur, const ViewGeometry& geometry);
  /// refine() for inference: recorded and replayed where that was asked for.
  std::vector<Step> steps(const Features& prev, const Features& cur, const ViewGeometry& geometry);
  /// The last step of steps(); pairs that have run into a wrong basin (see agreement()) are looked for once more, from several starts on the coarsest level, and the better
  /// answer is kept. For inference: which pairs these are is read on the host. Cost: steps()'s, about twice for a pair in doubt.
  Step search(const Features& prev, const Features& cur, const ViewGeometry& geometry);
  Encoder encoder{nullptr};

 private:
  const LevelGrid& grid(const ViewGeometry& geometry, int level, const torch::TensorOptions& options);
  /// refine() from the level `level` on, for pairs whose estimate so far is `h`.
  std::vector<Step> refine_from(int level, const Features& prev, const Features& cur, const ViewGeometry& geometry, torch::Tensor h);
  Step iterate(const Features& prev, const Features& cur, const ViewGeometry& geometry, int level, bool first, const torch::Tensor& h);
  /// Searches the pairs that have run into a wrong basin from several starts on the coarsest level, and keeps the better answers.
  void look_elsewhere(const Features& prev, const Features& cur, const ViewGeometry& geometry, Step& answer);
  /// Looks among the cells of `steps` for another motion that more of the picture follows, refines it and keeps the better answers (see second_look.h).
  void look_twice(const std::vector<Step>& steps, const Features& prev, const Features& cur, const ViewGeometry& geometry, Step& answer);
  IhnOptions options_;
  std::array<Head, kLevels> heads_{nullptr, nullptr, nullptr};
  std::mutex grids_mutex_;  ///< pairs are refined by several threads
  std::map<std::tuple<std::int64_t, std::int64_t, int>, std::unique_ptr<LevelGrid>> grids_;  ///< guarded by grids_mutex_
  std::shared_ptr<RefineGraphs> graphs_;  ///< null: none are wanted
  torch::Tensor outlier_scale_;  ///< log of the distance in cells at which a cell counts half, per level
};
TORCH_MODULE(Ihn);

/// The ablation control: the same encoder, one look at the coarse correlation, corners at once.
class RegressionImpl : public torch::nn::Module {
 public:
  explicit RegressionImpl(const IhnOptions& options = {});
  /// Returns the corner displacements [N,4,2] in normalised coordinates.
  torch::Tensor forward(const Features& prev, const Features& cur, const ViewGeometry& geometry);
  /// As EncoderImpl's.
  void compute_in(torch::ScalarType type) { type_ = type; }

 private:
  int radius_;
  torch::ScalarType type_ = torch::kFloat;
  torch::nn::Conv2d first_{nullptr}, second_{nullptr}, third_{nullptr};
  torch::nn::Linear read_out_{nullptr};
};
TORCH_MODULE(Regression);

}  // namespace keel::learned
