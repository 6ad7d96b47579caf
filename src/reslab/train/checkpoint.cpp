#include "reslab/train/checkpoint.h"

#include <ATen/Version.h>
#include <torch/version.h>

#include <algorithm>
#include <cstdio>
#include <utility>

#include "reslab/core/allocator.h"
#include "reslab/core/command.h"
#include "reslab/core/cpu.h"
#include "reslab/core/error.h"
#include "reslab/core/file.h"
#include "reslab/core/nearest.h"
#include "reslab/core/number.h"
#include "reslab/core/quantity.h"
#include "reslab/nn/kernels/norm_rows.h"
#include "reslab/recipe/number.h"
#include "reslab/serialization/safetensors.h"
#include "reslab/train/decisions.h"

namespace reslab::train {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view prefix = "epoch-", infix = "-batch-", suffix = ".safetensors", manifest_suffix = ".json";

std::string file_name(const Position& position) {
  std::array<char, 64> text{};
  const int length = std::snprintf(text.data(), text.size(), "epoch-%04lld", static_cast<long long>(position.epoch));
  std::string name(text.data(), static_cast<std::size_t>(length));
  if (position.batch > 0) {
    std::snprintf(text.data(), text.size(), "-batch-%05lld", static_cast<long long>(position.batch));
    name += text.data();
  }
  return name.append(suffix);
}

template <typename Number>
std::optional<Number> number_in(std::string_view text) {
  const std::optional<Number> value = core::parse<Number>(text);
  return value && *value >= 0 ? value : std::nullopt;
}

std::optional<std::int64_t> number(std::string_view text) { return number_in<std::int64_t>(text); }

struct File {
  std::int64_t epoch, batch;
  fs::path path;

  bool operator>(const File& other) const { return std::pair(epoch, batch) > std::pair(other.epoch, other.batch); }
};

// The file of that name, where it is one of ours.
std::optional<File> file_of(const fs::path& path) {
  const std::string text = path.filename().string();
  std::string_view name = text;
  if (!name.starts_with(prefix) || !name.ends_with(suffix)) return std::nullopt;
  name.remove_prefix(prefix.size());
  if (name.size() <= suffix.size()) return std::nullopt;
  name.remove_suffix(suffix.size());
  const std::size_t middle = name.find(infix);
  const auto epoch = number(name.substr(0, middle));
  const auto batch =
      middle == std::string_view::npos ? std::optional<std::int64_t>(0) : number(name.substr(middle + infix.size()));
  if (!epoch || !batch) return std::nullopt;
  return File{*epoch, *batch, path};
}

// Newest first.
std::vector<File> files_in(const fs::path& folder) {
  std::vector<File> files;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error))
    if (auto file = file_of(entry.path())) files.push_back(std::move(*file));
  if (error && error != std::errc::no_such_file_or_directory)
    throw core::UserError({.attempted = "look for checkpoints in " + folder.string(),
                           .found = error.message(),
                           .remedy = "make the folder readable"});
  std::ranges::sort(files, [](const File& a, const File& b) { return a > b; });
  return files;
}

std::vector<serialization::NamedTensor> tensors_of(const TrainerState& state) {
  std::vector<serialization::NamedTensor> tensors;
  for (const auto& [name, tensor] : state.network) tensors.push_back({"network." + name, tensor});
  for (const auto& [name, buffer] : state.momenta) tensors.push_back({"momentum." + name, buffer});
  for (const auto& [name, buffer] : state.more) tensors.push_back({name, buffer});
  return tensors;
}

std::string text_of(const serialization::Metadata& metadata, const std::string& key) {
  const auto found = metadata.find(key);
  return found == metadata.end() ? "" : found->second;
}

CheckpointIdentity identity_in(const serialization::Metadata& metadata) {
  return {.recipe_hash = text_of(metadata, "reslab.recipe"),
          .device = text_of(metadata, "reslab.device"),
          .precision = text_of(metadata, "reslab.precision"),
          .threads = static_cast<int>(number(text_of(metadata, "reslab.threads")).value_or(0)),
          .engine = text_of(metadata, "reslab.engine"),
          .data = text_of(metadata, "reslab.data")};
}

// Trains the recipe of the run whose checkpoints lie in `folder` anew, beside that run.
std::string train_anew(const fs::path& folder) {
  const fs::path run = folder.parent_path();
  return "`" +
         core::command({"train", (run / "recipe.toml").string(), "--runs-dir",
                        run.has_parent_path() ? run.parent_path().string() : "."}) +
         "`";
}

[[noreturn]] void refuse_other_recipe(const File& file, const std::string& found, const std::string& expected) {
  throw core::UserError(
      {.attempted = "resume from " + file.path.string(),
       .found = "it belongs to another recipe (hash " + found.substr(0, 12) + "…, the run's is " +
                expected.substr(0, 12) + "…)",
       .remedy = "undo the change to the run's recipe.toml, go on with the version of reslab that began it, "
                 "or start a new run with " +
                 train_anew(file.path.parent_path())});
}

[[noreturn]] void refuse_other_data(const File& file, const std::string& found, const std::string& expected) {
  throw core::UserError({.attempted = "resume from " + file.path.string(),
                         .found = "the run was trained on other data (fingerprint " + found.substr(0, 12) +
                                  "…, that of the data here is " + expected.substr(0, 12) + "…)",
                         .remedy = "put the data back that it was begun with, or start a new run with " +
                                   train_anew(file.path.parent_path())});
}

struct Head {
  CheckpointIdentity identity;
  EpochProgress progress;
};

[[noreturn]] void refuse_head(const File& file, const std::string& key, const std::string& found) {
  throw core::DamagedFile({.attempted = "resume from " + file.path.string(),
                           .found = core::concatenate("it says '", found, "' of ", key, " inside")});
}

template <typename Number>
Number required(const File& file, const serialization::Metadata& metadata, const std::string& key) {
  const auto value = number_in<Number>(text_of(metadata, key));
  if (!value) refuse_head(file, key, text_of(metadata, key));
  return *value;
}

// Throws DamagedFile when there is none of this payload.
Manifest required_manifest(const fs::path& payload) {
  const fs::path path = manifest_of(payload);
  if (!fs::exists(path))
    throw core::DamagedFile({.attempted = "resume from " + payload.string(),
                             .found = "it has no manifest (" + path.filename().string() +
                                      "): it wasn't written whole, or by an earlier version of reslab"});
  Manifest manifest = read_manifest(path);
  if (manifest.file != payload.filename())
    throw core::DamagedFile(
        {.attempted = "resume from " + payload.string(), .found = "its manifest is of the file " + manifest.file});
  return manifest;
}

// Throws DamagedFile when it isn't what a checkpoint of ours holds.
Head read_head(const File& file) {
  const serialization::Metadata metadata = serialization::read_safetensors_header(file.path).metadata;
  if (number(text_of(metadata, "reslab.epoch")) != file.epoch)
    refuse_head(file, "reslab.epoch", text_of(metadata, "reslab.epoch"));
  Head head{.identity = identity_in(metadata), .progress = {.batches = file.batch}};
  if (file.batch == 0) return head;
  if (required<std::int64_t>(file, metadata, "reslab.batch") != file.batch)
    refuse_head(file, "reslab.batch", text_of(metadata, "reslab.batch"));
  head.progress.samples = required<std::int64_t>(file, metadata, "reslab.samples");
  head.progress.correct = required<std::int64_t>(file, metadata, "reslab.correct");
  head.progress.loss_sum = required<double>(file, metadata, "reslab.loss_sum");
  head.progress.seconds = required<double>(file, metadata, "reslab.seconds");
  return head;
}

// By whose kernels it computes, beside libtorch's.
std::string kernels_of([[maybe_unused]] const Compute& compute) {
#ifdef RESLAB_HAS_CUDA
  if (compute.device.is_cuda()) return "CUDA";
#endif
#ifdef RESLAB_HAS_KERNELS
  if (compute.device.is_cpu()) {
    const std::string convolutions = convolution_instructions(compute);
    return convolutions.empty() ? nn::kernels::row_instructions() : convolutions;
  }
#endif
  return "libtorch's";
}

}  // namespace

std::string engine(const Compute& compute) {
  std::string text = core::concatenate("libtorch ", TORCH_VERSION, " with ", kernels_of(compute), " kernels, revision ",
                                       kernel_revision);
  // oneDNN and libtorch choose their kernels by the processor, and some of its instructions are estimates that each
  // maker rounds in its own way.
  const core::Processor processor = core::processor();
  if (compute.device.is_cpu())
    text += core::concatenate(", vectors ", at::get_cpu_capability(), ", on ", processor.model, " (",
                              core::join(processor.flags, " "), ")");
  return text;
}

std::string describe(const CheckpointIdentity& identity) {
  return core::concatenate(identity.device, ", ", identity.precision, ", ", core::counted(identity.threads, "thread"),
                           identity.engine.empty() ? "" : ", ", identity.engine);
}

void write_checkpoint(const fs::path& path, const TrainerState& state, const CheckpointIdentity& identity,
                      const std::vector<LogMark>& logs) {
  serialization::Metadata metadata{{"reslab.epoch", std::to_string(state.epoch)},
                                   {"reslab.recipe", identity.recipe_hash},
                                   {"reslab.device", identity.device},
                                   {"reslab.precision", identity.precision},
                                   {"reslab.threads", std::to_string(identity.threads)},
                                   {"reslab.engine", identity.engine},
                                   {"reslab.data", identity.data}};
  if (const EpochProgress& progress = state.progress; progress.batches > 0) {
    metadata["reslab.batch"] = std::to_string(progress.batches);
    metadata["reslab.samples"] = std::to_string(progress.samples);
    metadata["reslab.correct"] = std::to_string(progress.correct);
    metadata["reslab.loss_sum"] = recipe::shortest_text(progress.loss_sum);
    metadata["reslab.seconds"] = recipe::shortest_text(progress.seconds);
  }
  // A manifest of an earlier file of that name must not stand beside this one.
  core::remove_file(manifest_of(path));
  const Manifest manifest{.file = path.filename().string(),
                          .checksums = serialization::write_safetensors(path, tensors_of(state), metadata),
                          .logs = logs};
  serialization::verify(path, manifest.checksums);
  write_manifest(manifest_of(path), manifest);
}

fs::path checkpoint_path(const fs::path& folder, const Position& position) { return folder / file_name(position); }

std::optional<Position> position_of(const fs::path& path) {
  fs::path payload = path;
  if (path.extension() == manifest_suffix) payload.replace_extension(suffix);
  const auto file = file_of(payload);
  return file ? std::optional(Position{.epoch = file->epoch, .batch = file->batch}) : std::nullopt;
}

std::optional<Position> newest_whole(const fs::path& folder) {
  for (const File& file : files_in(folder)) {
    try {
      serialization::verify(file.path, required_manifest(file.path).checksums);
      return Position{.epoch = file.epoch, .batch = file.batch};
    } catch (const core::DamagedFile&) {
      continue;
    }
  }
  return std::nullopt;
}

std::set<std::string> unfinished_saves(const fs::path& folder) {
  std::set<std::string> names;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error))
    if (core::is_unfinished(entry.path()) || (file_of(entry.path()) && !fs::exists(manifest_of(entry.path()), error)))
      names.insert(entry.path().filename().string());
  return names;
}

std::optional<CheckpointIdentity> newest_identity(const fs::path& folder) {
  for (const File& file : files_in(folder)) {
    try {
      required_manifest(file.path);
      return read_head(file).identity;
    } catch (const core::DamagedFile&) {
      continue;  // restore_newest passes it over too, and says why
    }
  }
  return std::nullopt;
}

Resumed restore_newest(const fs::path& folder, Trainer& trainer, const CheckpointIdentity& identity) {
  Resumed result;
  std::string damage;  // of the newest that was once whole
  for (const File& file : files_in(folder)) {
    Head head;
    CheckpointIdentity& found = head.identity;
    try {
      Manifest manifest = required_manifest(file.path);
      serialization::verify(file.path, manifest.checksums);
      result.logs = std::move(manifest.logs);
      head = read_head(file);
      if (head.progress.batches > trainer.batches_per_epoch())
        refuse_head(file, "reslab.batch", std::to_string(head.progress.batches));
      // A file of another recipe isn't damaged: nothing older would be right either.
      if (found.recipe_hash == identity.recipe_hash)
        serialization::load_safetensors(file.path, tensors_of(trainer.state()));
    } catch (const core::OutOfMemory&) {
      throw;
    } catch (const core::DamagedFile& error) {
      const std::string manifest = manifest_of(file.path).string();
      const bool in_manifest = error.parts().attempted.find(manifest) != std::string::npos;
      result.passed_over.push_back((in_manifest ? manifest : file.path.string()) + ": " + error.parts().found);
      result.damaged.insert(file.path);
      if (std::error_code ignored; damage.empty() && fs::exists(manifest_of(file.path), ignored))
        damage = result.passed_over.back();
      continue;
    } catch (const core::UserError& error) {
      // No fault of what the file holds: going on from an older one would in the end remove it.
      core::ErrorParts parts = error.parts();
      parts.remedy += std::string(parts.remedy.empty() ? "" : ", or ") + "move " + file.path.filename().string() +
                      " and its manifest away to go on from an older checkpoint";
      throw core::UserError(parts);
    }
    if (found.recipe_hash != identity.recipe_hash) refuse_other_recipe(file, found.recipe_hash, identity.recipe_hash);
    if (!found.data.empty() && found.data != identity.data) refuse_other_data(file, found.data, identity.data);
    trainer.set_position(file.epoch, head.progress);
    result.epoch = file.epoch;
    result.batch = file.batch;
    result.path = file.path;
    // An older file doesn't say.
    if (found.engine.empty()) found.engine = identity.engine;
    if (found.data.empty()) found.data = identity.data;
    if (found != identity) result.differing = found;
    return result;
  }
  // What a killed first save left is no loss.
  if (!damage.empty())
    throw core::UserError({.attempted = "resume from " + folder.string(),
                           .found = "no checkpoint there can be used; the newest is " + damage,
                           .remedy = "start a new run with " + train_anew(folder)});
  return result;
}

CheckpointWriter::CheckpointWriter(fs::path folder, Trainer& trainer, CheckpointIdentity identity,
                                   CheckpointWriterOptions options)
    : folder_(std::move(folder)), trainer_(trainer), identity_(std::move(identity)), options_(std::move(options)) {}

void CheckpointWriter::on_batch_done(const BatchDone&) {
  written_ = false;
  const std::chrono::duration<double> since = std::chrono::steady_clock::now() - last_;
  if (!Decisions::is_save_due({.seconds_since_save = since.count(),
                               .interval = options_.seconds,
                               .between_steps = trainer_.is_between_steps()}))
    return;
  // A checkpoint counts all batches that are in the weights. On a GPU the observers, whose files it counts too, may not
  // have been told of the newest of them yet; they are told soon, and the checkpoint is written then.
  if (trainer_.settle()) write();
}

void CheckpointWriter::on_epoch_done(const EpochDone&) { write(); }

// A training that ended within an epoch goes on from there.
void CheckpointWriter::on_training_done(const TrainingDone&) {
  if (!written_ && trainer_.state().progress.batches > 0 && trainer_.is_between_steps()) write();
}

void CheckpointWriter::write() {
  const auto start = std::chrono::steady_clock::now();
  trainer_.check_finite();
  const TrainerState state = trainer_.state();
  const fs::path path = checkpoint_path(folder_, {.epoch = state.epoch, .batch = state.progress.batches});
  write_checkpoint(path, state, identity_, options_.sync_logs ? options_.sync_logs() : std::vector<LogMark>{});
  last_ = std::chrono::steady_clock::now();
  written_ = true;
  prune_checkpoints(path, options_.damaged);
  ++saves_;
  seconds_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// All else is older, was superseded when the training went on from before it, or was left unfinished by a process that
// was killed.
void prune_checkpoints(const fs::path& kept, const std::set<fs::path>& damaged) {
  const fs::path folder = kept.parent_path();
  const File now = file_of(kept).value();
  const std::vector<File> files = files_in(folder);
  std::error_code ignored;
  const auto second = std::ranges::find_if(files, [&](const File& file) {
    // Where that can't be told, it is taken to be there.
    return now > file && !damaged.contains(file.path) &&
           fs::status(manifest_of(file.path), ignored).type() != fs::file_type::not_found;
  });
  std::vector<fs::path> doomed;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    fs::path payload = entry.path();
    const bool unfinished = core::is_unfinished(payload);
    if (payload.extension() == manifest_suffix) payload.replace_extension(suffix);
    if (!unfinished && !file_of(payload)) continue;  // a stranger's
    if (payload == kept || (second != files.end() && payload == second->path)) continue;
    doomed.push_back(entry.path());
  }
  // Manifests first: what has one is whole.
  std::stable_partition(doomed.begin(), doomed.end(),
                        [](const fs::path& path) { return path.extension() == manifest_suffix; });
  for (const fs::path& path : doomed) core::remove_file(path);
}

}  // namespace reslab::train
