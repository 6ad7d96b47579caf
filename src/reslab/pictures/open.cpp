#include "reslab/pictures/open.h"

#include <ATen/ops/empty.h>

#include <algorithm>
#include <cstring>
#include <mutex>
#include <utility>

#include "reslab/core/error.h"
#include "reslab/data/tensor_source.h"
#include "reslab/pictures/cache_folder.h"
#include "reslab/pictures/check.h"
#include "reslab/pictures/file_index.h"
#include "reslab/pictures/in_order.h"
#include "reslab/pictures/pack_maker.h"
#include "reslab/pictures/picture_source.h"

namespace reslab::pictures {
namespace {

constexpr std::uint64_t most_tensor_bytes = std::uint64_t{1} << 30;

std::string resolved(const std::filesystem::path& path) {
  std::error_code error;
  const std::filesystem::path found = std::filesystem::weakly_canonical(path, error);
  return (error ? path : found).string();
}

std::string cache_key(const PictureOptions& pictures) {
  return resolved(pictures.data) + '\n' + (pictures.labels ? resolved(pictures.labels->file) : "");
}

// Readers may find a damaged cache in several threads.
Say one_at_a_time(Say say) {
  if (!say) return say;
  return [say = std::move(say), mutex = std::make_shared<std::mutex>()](const std::string& text) {
    const std::lock_guard lock(*mutex);
    say(text);
  };
}

std::string name_of_set(const std::string& root) {
  const std::filesystem::path path = resolved(root);
  return path.has_filename() ? path.filename().string() : path.parent_path().filename().string();
}

// Requires that both ends differ.
image::SampleRange widened(image::SampleRange range) {
  if (range.low == range.high) (range.high < 65'535 ? range.high : range.low) += range.high < 65'535 ? 1 : -1;
  return range;
}

std::uint64_t usual_memory(int threads) {
  constexpr std::uint64_t mebibyte = std::uint64_t{1} << 20;
  return std::max(2048 * mebibyte, 128 * mebibyte * static_cast<std::uint64_t>(threads));
}

class Opener {
 public:
  explicit Opener(const OpenOptions& options)
      : options_(options),
        say_(one_at_a_time(options.say)),
        cache_(options.cache, cache_key(options.pictures), say_),
        memory_(std::make_shared<core::MemoryBudget>(options.decode_memory.value_or(usual_memory(options.threads)))) {}

  OpenedPictures look_through() {
    find_and_check();
    choose_decoding();
    return std::move(opened_);
  }

  PictureSet find() {
    find_and_check();
    return std::move(opened_.set);
  }

  OpenedPictures open() {
    opened_.memory = memory_;
    find_and_check();
    choose_decoding();
    const std::optional<augment::Size> size = common_size();
    const data::DatasetInfo info{.name = name_of_set(opened_.set.root),
                                 .classes = opened_.set.classes,
                                 .channels = opened_.decode.channels,
                                 .size = size};
    if (size && total_bytes(*size) <= most_tensor_bytes)
      hold_in_memory(info);
    else
      opened_.source = std::make_shared<PictureSource>(content_of(info, packs()));
    make_splits(info.name);
    return std::move(opened_);
  }

 private:
  OnProgress stage(const char* name) const {
    if (!options_.progress) return {};
    return [this, name](const Progress& progress) { options_.progress(name, progress); };
  }

  void find_and_check() {
    PictureOptions pictures = options_.pictures;
    FileIndex index(cache_.is_on() ? cache_.path() / "index" : std::filesystem::path(),
                    {.root = pictures.data.string(), .settle = options_.settle, .say = say_});
    pictures.threads = options_.threads;
    pictures.progress = stage("reading");
    pictures.known = cache_.is_on() ? &index : nullptr;
    FactsByContent facts;
    pictures.check = [&](const Listing& listing, Gathered& found) {
      cache_.attempt([&] { index.save(); });
      CheckedPictures checked = check_pictures(cache_, listing.root, found,
                                               {.limits = options_.limits,
                                                .use_damaged = options_.use_damaged,
                                                .threads = options_.threads,
                                                .progress = stage("checking"),
                                                .memory = memory_.get()});
      facts = std::move(checked.facts);
      opened_.decoded = checked.decoded;
    };
    opened_.set = find_pictures(pictures);
    for (const Picture& picture : opened_.set.pictures) opened_.facts.push_back(facts.at(picture.hash));
  }

  bool is_training(std::size_t id) const { return opened_.set.pictures[id].split == Split::train; }

  // By the training split alone: what a network gets doesn't depend on the pictures that it is tested on.
  void choose_decoding() {
    bool grey = true, any = false;
    std::optional<image::SampleRange> range;
    for (std::size_t id = 0; id < opened_.facts.size(); ++id) {
      if (!is_training(id)) continue;
      const PictureFacts& facts = opened_.facts[id];
      any = true;
      grey = grey && facts.grey;
      if (!facts.stored_range) continue;
      if (!range) range = facts.stored_range;
      range->low = std::min(range->low, facts.stored_range->low);
      range->high = std::max(range->high, facts.stored_range->high);
    }
    if (options_.range16) range = options_.range16;
    if (range) range = widened(*range);
    opened_.range16 = range;
    opened_.decode = {.channels = options_.channels != 0 ? options_.channels
                                  : any && grey          ? 1
                                                         : 3,
                      .background = options_.background,
                      .limits = options_.limits,
                      .range16 = range.value_or(image::SampleRange{})};
  }

  std::optional<augment::Size> common_size() const {
    const std::vector<PictureFacts>& facts = opened_.facts;
    const bool alike = !facts.empty() && std::ranges::all_of(facts, [&](const PictureFacts& each) {
      return each.size == facts.front().size;
    });
    return alike ? std::optional(facts.front().size) : std::nullopt;
  }

  std::uint64_t total_bytes(augment::Size size) const {
    return static_cast<std::uint64_t>(size.height) * static_cast<std::uint64_t>(size.width) *
           static_cast<std::uint64_t>(opened_.decode.channels) * opened_.facts.size();
  }

  ExpectedContent content_of_file(std::size_t id) const {
    const Picture& picture = opened_.set.pictures[id];
    return {.hash = picture.hash, .stamp = picture.stamp};
  }

  SourceContent content_of(const data::DatasetInfo& info, std::vector<FormPack> packed) const {
    SourceContent content{.info = info, .decode = opened_.decode, .packs = std::move(packed), .memory = memory_};
    for (std::size_t id = 0; id < opened_.facts.size(); ++id)
      content.pictures.push_back({.path = opened_.set.full_path(id),
                                  .label = opened_.set.pictures[id].label,
                                  .content = content_of_file(id),
                                  .size = opened_.facts[id].size});
    return content;
  }

  // The pictures for which `wanted` holds, packed in that form.
  template <typename Wanted>
  FormPack packed(const Form& form, const Wanted& wanted) {
    PackContent content{.form = form, .decode = opened_.decode};
    for (std::size_t id = 0; id < opened_.facts.size(); ++id) {
      content.may_stay.push_back(opened_.set.pictures[id].hash);
      if (!wanted(id)) continue;
      content.wanted.push_back({.path = opened_.set.full_path(id),
                                .content = content_of_file(id),
                                .size = opened_.facts[id].size,
                                .format = opened_.facts[id].format});
    }
    if (content.wanted.empty()) return {.form = form};
    return {.form = form,
            .pack = find_or_make_pack(cache_, content,
                                      {.limit = options_.cache_limit,
                                       .threads = options_.threads,
                                       .progress = stage("packing"),
                                       .say = say_,
                                       .memory = memory_.get()})};
  }

  std::vector<FormPack> packs() {
    std::vector<FormPack> made;
    if (options_.least_side)
      made.push_back(packed(least_side_form(*options_.least_side), [&](std::size_t id) { return is_training(id); }));
    if (options_.fit.kind != data::FitKind::none)
      made.push_back(
          packed(fitted_form(options_.fit), [&](std::size_t id) { return !options_.least_side || !is_training(id); }));
    return made;
  }

  // They are packed in full, so that the next start doesn't decode them.
  void hold_in_memory(const data::DatasetInfo& info) {
    const auto all = [](std::size_t /*id*/) { return true; };
    const PictureSource source(content_of(info, {packed(least_side_form(0), all)}));
    const augment::Size size = *info.size;
    const at::Tensor images = at::empty({source.samples(), size.height, size.width, info.channels}, at::kByte);
    const at::Tensor labels = at::empty({source.samples()}, at::kLong);
    auto* to = images.mutable_data_ptr<std::uint8_t>();
    in_order<augment::Image>(
        {.count = opened_.facts.size(), .threads = options_.threads},
        [&](std::size_t id) {
          augment::Image image;
          source.reader()->read(static_cast<std::int64_t>(id), {}, image);
          return image;
        },
        [&](std::size_t id, const augment::Image& image) {
          RESLAB_ASSERT((augment::Size{image.height, image.width} == size),
                        source.file_of(static_cast<std::int64_t>(id)));
          std::memcpy(to + id * image.pixels.size(), image.pixels.data(), image.pixels.size());
          labels.mutable_data_ptr<std::int64_t>()[id] = opened_.set.pictures[id].label;
        });
    opened_.source = std::make_shared<data::TensorSource>(info, images, labels);
  }

  data::Split split_of(const std::string& set, Split split) const {
    const std::vector<std::uint32_t> ids = opened_.set.ids(split);
    at::Tensor tensor = at::empty({std::ssize(ids)}, at::kLong);
    std::ranges::copy(ids, tensor.mutable_data_ptr<std::int64_t>());
    return {.name = core::concatenate(set, ' ', name_of(split)), .source = opened_.source, .ids = std::move(tensor)};
  }

  void make_splits(const std::string& name) {
    opened_.splits = {.train = split_of(name, Split::train), .test = split_of(name, Split::test)};
    data::Split validation = split_of(name, Split::validation);
    if (validation.size() > 0) opened_.splits.validation = std::move(validation);
    if (opened_.splits.test.size() > 0) return;
    if (!opened_.splits.validation)
      throw core::UserError(
          {.attempted = "open the pictures of " + opened_.set.root,
           .found =
               core::concatenate("neither a test nor a validation split with pictures (", opened_.set.split_text, ")"),
           .allowed = "at least one of both, to measure on",
           .remedy = "add a folder test or validation with class folders of its own, change the shares (--split), "
                     "or give class folders alone, which are then split"});
    opened_.splits.test = *opened_.splits.validation;
    opened_.set.no_untouched_test = true;
  }

  const OpenOptions& options_;
  const Say say_;
  CacheFolder cache_;
  const std::shared_ptr<core::MemoryBudget> memory_;
  OpenedPictures opened_;
};

}  // namespace

OpenedPictures look_through_pictures(const OpenOptions& options) {
  RESLAB_ASSERT(options.threads >= 1);
  return Opener(options).look_through();
}

CacheFolder cache_of(const OpenOptions& options) {
  return CacheFolder(options.cache, cache_key(options.pictures), one_at_a_time(options.say));
}

OpenedPictures open_pictures(const OpenOptions& options) {
  RESLAB_ASSERT(options.threads >= 1 && options.least_side.value_or(0) >= 0);
  return Opener(options).open();
}

PictureSet find_usable(const OpenOptions& options) {
  RESLAB_ASSERT(options.threads >= 1);
  return Opener(options).find();
}

}  // namespace reslab::pictures
