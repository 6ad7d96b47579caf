#include "reslab/core/hash.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "core/support.h"
#include "reslab/core/error.h"
#include "reslab/core/file.h"
#include "reslab/core/random.h"

namespace reslab::core {
namespace {

std::span<const std::byte> bytes(std::string_view text) { return std::as_bytes(std::span(text.data(), text.size())); }

struct Known {
  std::string text, md5, sha256;
};

// The test suites of RFC 1321 and of FIPS 180-4's examples, and lengths around the padding's turning points (the bytes
// 0, 1, 2 …); each digest by Python's hashlib.
std::vector<Known> known() {
  const auto counting = [](int length) {
    std::string text;
    for (int i = 0; i < length; ++i) text += static_cast<char>(i);
    return text;
  };
  return {
      {"", "d41d8cd98f00b204e9800998ecf8427e", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
      {"a", "0cc175b9c0f1b6a831c399e269772661", "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"},
      {"abc", "900150983cd24fb0d6963f7d28e17f72", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
      {"message digest", "f96b697d7cb7938d525a2f31aaf161d0",
       "f7846f55cf23e14eebeab5b4e1550cad5b509e3348fbc4efa3a1413d393cb650"},
      {"abcdefghijklmnopqrstuvwxyz", "c3fcd3d76192e4007dfb496cca67e13b",
       "71c480df93d6ae2f1efad1447c66c9525e316218cf51fc8d9ed832f2daf18b73"},
      {"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", "d174ab98d277d9f5a5611c2c9f419d9f",
       "db4bfcbd4da0cd85a60c3c37d3fbd8805c77f15fc6b1fdfe614ee0a7c8fdb4c0"},
      {"12345678901234567890123456789012345678901234567890123456789012345678901234567890",
       "57edf4a22be3c955ac49da2e2107b67a", "f371bc4a311f2b009eef952dd83ca80e2b60026c8e935592d0f9c308453c813e"},
      {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "8215ef0796a20bcaaae116d3876c664a",
       "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
      {std::string(1'000'000, 'a'), "7707d6ae4e027c70eea2a935c2296f21",
       "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
      {counting(55), "6912ee65fff2d9f9ce2508cddf8bcda0",
       "463eb28e72f82e0a96c0a4cc53690c571281131f672aa229e0d45ae59b598b59"},
      {counting(56), "51fdd1acda72405dfdfa03fcb85896d7",
       "da2ae4d6b36748f2a318f23e7ab1dfdf45acdc9d049bd80e59de82a60895f562"},
      {counting(63), "48a6295221902e8e0938f773a7185e72",
       "29af2686fd53374a36b0846694cc342177e428d1647515f078784d69cdb9e488"},
      {counting(64), "b2d3f56bc197fd985d5965079b5e7148",
       "fdeab9acf3710362bd2658cdc9a29e8f9c757fcf9811603a8c447cd1d9151108"},
      {counting(65), "8bd7053801c768420faf816fadba971c",
       "4bfd2c8b6f1eec7a2afeb48b934ee4b2694182027e6d0fc075074f2fabb31781"},
      {counting(119), "1c772251899a7ff007400b888d6b2042",
       "da18797ed7c3a777f0847f429724a2d8cd5138e6ed2895c3fa1a6d39d18f7ec6"},
      {counting(120), "b7ba1efc6022e9ed272f00b8831e26e6",
       "f52b23db1fbb6ded89ef42a23ce0c8922c45f25c50b568a93bf1c075420bbb7c"},
  };
}

TEST(Hash, gives_known_answers) {
  for (const Known& one : known()) {
    EXPECT_EQ(md5(bytes(one.text)), one.md5) << one.text.size() << " bytes";
    EXPECT_EQ(sha256(bytes(one.text)), one.sha256) << one.text.size() << " bytes";
  }
}

RC_GTEST_PROP(Hash, does_not_depend_on_how_a_stream_is_cut, (std::uint64_t seed)) {
  Random random({.seed = seed});
  std::string text(random.below(1000), ' ');
  for (char& letter : text) letter = static_cast<char>(random.below(256));
  Md5 first;
  Sha256 second;
  for (std::span<const std::byte> left = bytes(text); !left.empty();) {
    const std::size_t count = std::min<std::size_t>(left.size(), random.below(150));  // 0 too
    first.update(left.first(count));
    second.update(left.first(count));
    left = left.subspan(count);
  }
  RC_ASSERT(first.finish() == md5(bytes(text)));
  RC_ASSERT(second.finish() == sha256(bytes(text)));
}

TEST(Hash, reads_files) {
  const test::TestFolder folder;
  // More than the buffer's 1 MiB.
  const std::string text(3'000'000, 'x');
  write_file(folder / "file", text);
  EXPECT_EQ(md5_of_file(folder / "file"), md5(bytes(text)));
  EXPECT_EQ(sha256_of_file(folder / "file"), sha256(bytes(text)));
}

TEST(Hash, refuses_what_is_no_readable_file) {
  const test::TestFolder folder;
  EXPECT_THROW(md5_of_file(folder / "missing"), UserError);
  EXPECT_THROW(sha256_of_file(folder.path()), UserError);
}

}  // namespace
}  // namespace reslab::core
