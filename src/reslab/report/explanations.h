// Galleries of what a network looked at: one picture a layer, or one of the pixels' own gradients.
//
//   report::write_cam_galleries(run.path, {.network = network, .source = source, .samples = mistakes});
//
// writes explain-layer1.png, explain-layer2.png, explain-layer3.png: the original's galleries, each mistake under its
// map for the predicted class, titled "actual : cat" / "predicted : dog". With other methods or classes the names say
// so: explain-layer3-hires-cam-both.png.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "reslab/data/batch_maker.h"
#include "reslab/explain/class_activation.h"
#include "reslab/explain/image_gradients.h"
#include "reslab/explain/mistakes.h"
#include "reslab/report/written_files.h"

namespace reslab::report {

/// Which class a map is made for.
struct ExplainedClass {
  enum class Kind { predicted, actual, both, named };

  Kind kind = Kind::predicted;  ///< both: predicted and actual side by side
  std::int64_t label = 0;       ///< of Kind::named
};

struct Explanation {
  models::Network& network;
  const data::BatchSource& source;        ///< of them all: `samples` are places in it
  std::vector<explain::Mistake> samples;  ///< at least one; right ones may be among them
  ExplainedClass explained = {};
};

struct CamGalleryOptions {
  std::vector<std::string> layers = {};  ///< names; none: each named layer with more than one pixel
  explain::CamOptions cam = {};          ///< its layer isn't used
};

/// Throws UserError for a layer that can't be explained, before anything is written, or when a file can't be written.
/// `empty_maps` counts maps in which nothing speaks for the class.
struct WrittenMaps {
  WrittenFiles written;
  std::int64_t maps = 0, empty_maps = 0;
};
WrittenMaps write_cam_galleries(const std::filesystem::path& folder, const Explanation& explanation,
                                const CamGalleryOptions& options = {});

/// explain-saliency.png, or with options.guided explain-guided-backprop.png: each image beside the picture of its
/// gradients.
WrittenMaps write_gradient_gallery(const std::filesystem::path& folder, const Explanation& explanation,
                                   const explain::GradientOptions& options = {});

/// One class a sample ([n], int64), and what to call them.
struct ClassChoice {
  std::string name;  ///< "predicted", "actual" or the class's own
  at::Tensor classes;
};

/// What ExplainedClass means for these samples: two entries for both, else one.
std::vector<ClassChoice> chosen_classes(const Explanation& explanation);

/// The samples' images as the network takes them: [n, channels, height, width], fp32.
at::Tensor images_of(const Explanation& explanation);

/// The layers to explain: `layers`, each checked, or all that have a map.
std::vector<std::string> usable_layers(models::Network& network, const at::Tensor& images,
                                       const std::vector<std::string>& layers);

}  // namespace reslab::report
