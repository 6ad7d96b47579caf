#include "reslab/serialization/safetensors.h"

#include <ATen/Context.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "reslab/core/error.h"
#include "reslab/core/file.h"
#include "support/temporary_folder.h"

namespace reslab::serialization {
namespace {

namespace fs = std::filesystem;

constexpr std::array<at::ScalarType, 8> all_dtypes{at::kDouble, at::kFloat, at::kHalf, at::kBFloat16,
                                                   at::kLong,   at::kInt,   at::kByte, at::kBool};

at::Tensor random_tensor(at::ScalarType dtype, at::IntArrayRef shape) {
  if (dtype == at::kBool) return at::randint(0, 2, shape).to(at::kBool);
  if (at::isIntegralType(dtype, false)) return at::randint(0, 250, shape).to(dtype);
  return at::randn(shape).to(dtype);
}

bool same(const at::Tensor& a, const at::Tensor& b) {
  return a.scalar_type() == b.scalar_type() && a.sizes() == b.sizes() && a.equal(b);
}

// Not durably: thousands of flushes to the disk would only cost time.
void put(const fs::path& path, std::string_view text) {
  std::ofstream file(path, std::ios::binary);
  file.write(text.data(), static_cast<std::streamsize>(text.size()));
  ASSERT_TRUE(file.flush()) << path;
}

class Safetensors : public ::testing::Test {
 protected:
  void write_raw(std::string_view header, std::string_view payload) {
    const std::uint64_t length = header.size();
    std::string bytes(reinterpret_cast<const char*>(&length), 8);
    put(path_, bytes.append(header).append(payload));
  }

  // The message of the error that reading gives, or "" when it succeeds.
  std::string error() {
    try {
      static_cast<void>(read_safetensors(path_));
    } catch (const core::UserError& user_error) {
      return user_error.what();
    }
    return "";
  }

  support::TemporaryFolder folder_;
  fs::path path_ = folder_.path() / "file.safetensors";
};

TEST_F(Safetensors, RandomTensorsComeBackAsTheyWere) {
  const bool holds = rc::check("read(write(x)) == x", [this] {
    std::vector<NamedTensor> tensors;
    const auto count = *rc::gen::inRange(0, 6);
    for (int i = 0; i < count; ++i) {
      const auto dtype = all_dtypes[*rc::gen::inRange<std::size_t>(0, all_dtypes.size())];
      const auto shape = *rc::gen::container<std::vector<std::int64_t>>(rc::gen::inRange<std::int64_t>(0, 5));
      if (shape.size() > 5) continue;
      tensors.push_back({"t" + std::to_string(i) + *rc::gen::element<std::string>("", ".weight", "\"\n", "é"),
                         random_tensor(dtype, shape)});
    }
    const auto text = rc::gen::container<std::string>(rc::gen::inRange<char>(1, 127));
    const auto metadata = *rc::gen::container<Metadata>(text, text);
    write_safetensors(path_, tensors, metadata);
    const SafetensorsFile file = read_safetensors(path_);
    RC_ASSERT(file.metadata == metadata);
    RC_ASSERT(file.tensors.size() == tensors.size());
    for (const auto& [name, tensor] : tensors) {
      RC_ASSERT(file.find(name) != nullptr);
      RC_ASSERT(same(*file.find(name), tensor));
    }
    return true;
  });
  EXPECT_TRUE(holds);
}

TEST_F(Safetensors, StridesAreNotKept) {
  const at::Tensor weight = at::randn({4, 3, 3, 3}).contiguous(at::MemoryFormat::ChannelsLast);
  write_safetensors(path_, {{"w", weight}, {"t", weight.transpose(0, 1)}});
  const SafetensorsFile file = read_safetensors(path_);
  EXPECT_TRUE(file.find("w")->is_contiguous());
  EXPECT_TRUE(same(*file.find("w"), weight));
  EXPECT_TRUE(same(*file.find("t"), weight.transpose(0, 1)));
}

TEST_F(Safetensors, EachTensorIsAligned) {
  write_safetensors(
      path_, {{"a", at::ones({3}, at::kByte)}, {"b", at::ones({3}, at::kHalf)}, {"c", at::ones({1}, at::kLong)}});
  const SafetensorsHeader header = read_safetensors_header(path_);
  ASSERT_EQ(header.tensors.size(), 3U);
  for (const TensorEntry& entry : header.tensors)
    EXPECT_EQ(entry.begin % c10::elementSize(entry.dtype), 0U) << entry.name;
  const auto bytes = core::read_bytes(path_, 1 << 20);
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), 8);
  EXPECT_EQ(length % 8, 0U);
  EXPECT_EQ(bytes.size(), 8 + length + 3 + 6 + 8);
}

// A reader of a dozen lines in another language, from the format's description alone.
constexpr const char* python_reader = R"(
import json, struct, sys
import numpy as np
data = open(sys.argv[1], 'rb').read()
(length,) = struct.unpack('<Q', data[:8])
assert length % 8 == 0
header = json.loads(data[8:8 + length])
payload = data[8 + length:]
assert header.pop('__metadata__') == {'reslab.model': 'custom_resnet'}
expected = {'half': ('F16', np.float16), 'long': ('I64', np.int64), 'float': ('F32', np.float32), 'bool': ('BOOL', np.bool_),
            'brain': ('BF16', np.uint16)}
assert set(header) == set(expected)
for name, (dtype, kind) in expected.items():
    entry = header[name]
    assert entry['dtype'] == dtype, entry
    begin, end = entry['data_offsets']
    array = np.frombuffer(payload[begin:end], kind).reshape(entry['shape'])
    assert array.shape == (2, 3)
    if dtype == 'BF16':  # a float32's upper half
        array = (array.astype(np.uint32) << 16).view(np.float32)
        kind = np.float32
    assert (array == (np.arange(6).reshape(2, 3).astype(kind))).all(), array
)";

TEST_F(Safetensors, PythonReadsIt) {
  const fs::path python = fs::path(RESLAB_SOURCE_DIR) / ".venv/bin/python";
  ASSERT_TRUE(fs::exists(python)) << "the tests need " << python;
  const at::Tensor numbers = at::arange(6).reshape({2, 3});
  write_safetensors(path_,
                    {{"half", numbers.to(at::kHalf)},
                     {"long", numbers.to(at::kLong)},
                     {"float", numbers.to(at::kFloat)},
                     {"bool", numbers.to(at::kBool)},
                     {"brain", numbers.to(at::kBFloat16)}},
                    {{"reslab.model", "custom_resnet"}});
  core::write_file(folder_.path() / "reader.py", python_reader);
  const auto quoted = [](const fs::path& path) { return "'" + path.string() + "' "; };
  const std::string command = quoted(python) + quoted(folder_.path() / "reader.py") + quoted(path_);
  EXPECT_EQ(std::system(command.c_str()), 0);
}

TEST_F(Safetensors, EveryTruncationIsRefused) {
  write_safetensors(path_, {{"a", at::randn({2, 3})}, {"b", at::ones({5}, at::kByte)}}, {{"k", "v"}});
  const std::string whole = core::read_text(path_);
  for (std::size_t length = 0; length < whole.size(); ++length) {
    put(path_, std::string_view(whole).substr(0, length));
    EXPECT_NE(error(), "") << length;
  }
  put(path_, whole + "x");
  EXPECT_NE(error(), "");
  put(path_, whole);
  EXPECT_EQ(error(), "");
}

TEST_F(Safetensors, FlippedBytesNeverCrash) {
  write_safetensors(path_, {{"a", at::randn({2, 3})}, {"b", at::ones({5}, at::kByte)}}, {{"k", "v"}});
  const std::string whole = core::read_text(path_);
  const std::size_t header_end = whole.size() - 29;
  std::size_t refused = 0;
  for (std::size_t place = 0; place < header_end; ++place) {
    for (const int flip : {0x01, 0x10, 0x80, 0xff}) {
      std::string bytes = whole;
      bytes[place] = static_cast<char>(bytes[place] ^ flip);
      put(path_, bytes);
      try {
        // What is still valid, such as another letter in a name, holds as many bytes as the file.
        const SafetensorsFile file = read_safetensors(path_);
        std::size_t held = 0;
        for (const NamedTensor& each : file.tensors) held += each.tensor.nbytes();
        EXPECT_EQ(held, 29U) << place;
      } catch (const core::DamagedFile&) {
        ++refused;
      }
    }
  }
  EXPECT_GT(refused, header_end * 2);
}

TEST_F(Safetensors, ABoolOfTwoIsRefused) {
  write_raw(R"({"a":{"dtype":"BOOL","shape":[2],"data_offsets":[0,2]}})", std::string("\1\2", 2));
  EXPECT_NE(error().find("\"a\" holds the byte 2"), std::string::npos) << error();
}

TEST_F(Safetensors, AHeaderLongerThanTheFileIsRefused) {
  put(path_, std::string("\xff\xff\xff\xff\xff\xff\xff\xff{}", 10));
  EXPECT_NE(error().find("claims 18446744073709551615 bytes"), std::string::npos) << error();
  EXPECT_NE(error().find("at most 2"), std::string::npos) << error();
}

TEST_F(Safetensors, AHeaderAboveTheLimitIsRefused) {
  const std::uint64_t length = max_header_bytes + 1;
  put(path_, std::string(reinterpret_cast<const char*>(&length), 8));
  fs::resize_file(path_, 8 + length);  // a hole: takes no space
  EXPECT_NE(error().find("at most 262144"), std::string::npos) << error();
}

TEST_F(Safetensors, AFolderOrNothingIsRefused) {
  EXPECT_NE(error().find("No such file"), std::string::npos) << error();
  path_ = folder_.path();
  EXPECT_NE(error(), "");
}

class LoadInto : public Safetensors {
 protected:
  void SetUp() override {
    a_ = at::randn({2, 3});
    b_ = at::ones({4}, at::kLong);
    write_safetensors(path_, {{"a", a_}, {"b", b_}}, {{"k", "v"}});
  }

  std::string error_of_load(const std::vector<NamedTensor>& expected) {
    try {
      static_cast<void>(load_safetensors(path_, expected));
    } catch (const core::UserError& user_error) {
      EXPECT_THROW(load_into(read_safetensors(path_), expected), core::UserError);
      return user_error.what();
    }
    load_into(read_safetensors(path_), expected);
    return "";
  }

  at::Tensor a_, b_;
};

TEST_F(LoadInto, CopiesWhatMatches) {
  at::Tensor a = at::zeros({3, 2}).t(), b = at::zeros({4}, at::kLong);
  a.requires_grad_(true);
  EXPECT_EQ(load_safetensors(path_, {{"b", b}, {"a", a}}), (Metadata{{"k", "v"}}));
  EXPECT_TRUE(a.equal(a_));
  EXPECT_TRUE(b.equal(b_));
}

TEST_F(LoadInto, ListsAllDifferencesAndChangesNothing) {
  const at::Tensor a = at::zeros({3, 2}), c = at::zeros({1});
  const std::string message = error_of_load({{"a", a}, {"c", c}});
  EXPECT_NE(message.find("1 different: \"a\" is F32 [2, 3] and not F32 [3, 2]"), std::string::npos) << message;
  EXPECT_NE(message.find("1 missing: \"c\""), std::string::npos) << message;
  EXPECT_NE(message.find("1 unexpected: \"b\""), std::string::npos) << message;
  EXPECT_TRUE(a.equal(at::zeros({3, 2})));
}

TEST_F(LoadInto, AnotherDtypeIsDifferent) {
  const std::string message = error_of_load({{"a", at::zeros({2, 3}, at::kDouble)}, {"b", at::zeros({4}, at::kLong)}});
  EXPECT_NE(message.find("F32 [2, 3] and not F64 [2, 3]"), std::string::npos) << message;
}

TEST_F(LoadInto, RefusesWhatIsNotFiniteByTheFirstTensorAndChangesNothing) {
  const at::Tensor bad = at::tensor({1.0F, std::nanf(""), 2.0F, -std::numeric_limits<float>::infinity()});
  write_safetensors(path_, {{"a", a_}, {"c", bad}, {"d", bad.to(at::kDouble)}, {"b", b_}});
  const at::Tensor a = at::zeros({2, 3}), b = at::zeros({4}, at::kLong), c = at::zeros({4}),
                   d = at::zeros({4}, at::kDouble);
  const std::string message = error_of_load({{"a", a}, {"b", b}, {"c", c}, {"d", d}});
  EXPECT_NE(message.find("the tensor \"c\" holds values that aren't finite (NaN or infinite): 2 of its 4"),
            std::string::npos)
      << message;
  EXPECT_TRUE(a.equal(at::zeros({2, 3}))) << "loaded in part";
  EXPECT_THROW(load_safetensors(path_, {{"a", a}, {"b", b}, {"c", c}, {"d", d}}), core::DamagedFile);
}

// Every value of the two narrow types, but for those that aren't finite.
TEST_F(LoadInto, HalfFloatsAreTakenForFloatsWhereTheCallerAllowsIt) {
  const at::Tensor patterns = at::arange(0, 1 << 16, at::kInt).to(at::kUInt16);
  for (const at::ScalarType dtype : {at::kHalf, at::kBFloat16}) {
    const at::Tensor all = patterns.view(dtype), half = all.masked_select(all.isfinite());
    write_safetensors(path_, {{"a", half}, {"b", b_}});
    const at::Tensor a = at::zeros(half.sizes()), b = at::zeros({4}, at::kLong);
    load_safetensors(path_, {{"a", a}, {"b", b}}, {.half_floats = true});
    EXPECT_TRUE(a.equal(half.to(at::kFloat))) << dtype;
    EXPECT_TRUE(a.to(dtype).equal(half)) << dtype;
    const std::string message = error_of_load({{"a", a}, {"b", b}});
    EXPECT_NE(message.find(std::string(dtype_name(dtype)) + " ["), std::string::npos) << message;
  }
  // F64 would be rounded, and whole numbers are no halves.
  write_safetensors(path_, {{"a", a_.to(at::kDouble)}, {"b", b_}});
  EXPECT_THROW(load_safetensors(path_, {{"a", a_}, {"b", b_}}, {.half_floats = true}), core::UserError);
  write_safetensors(path_, {{"a", a_}, {"b", b_.to(at::kHalf)}});
  EXPECT_THROW(load_safetensors(path_, {{"a", a_}, {"b", b_}}, {.half_floats = true}), core::UserError);
}

TEST_F(LoadInto, LongListsAreCut) {
  std::vector<NamedTensor> expected{{"a", a_}, {"b", b_}};
  for (int i = 0; i < 9; ++i) expected.push_back({"x" + std::to_string(i), at::zeros({1})});
  const std::string message = error_of_load(expected);
  EXPECT_NE(message.find("9 missing: \"x0\", \"x1\", \"x2\", \"x3\" and 5 more"), std::string::npos) << message;
}

TEST_F(LoadInto, AnExpectedNameTwiceIsMissingOnce) { EXPECT_NE(error_of_load({{"a", a_}, {"a", a_}, {"b", b_}}), ""); }

}  // namespace
}  // namespace reslab::serialization
