#include "reslab/fetch/cache.h"

#include <gtest/gtest.h>

#include "reslab/core/error.h"
#include "support/environment.h"

namespace reslab::fetch {
namespace {

using support::EnvironmentVariable;

TEST(CacheFolder, TakesTheFirstThatIsSet) {
  const EnvironmentVariable home("HOME", "/home/someone");
  {
    const EnvironmentVariable chosen("RESLAB_CACHE_DIR", "/chosen"), caches("XDG_CACHE_HOME", "/caches");
    EXPECT_EQ(cache_folder("given"), "given");
    EXPECT_EQ(cache_folder(), "/chosen");
  }
  const EnvironmentVariable chosen("RESLAB_CACHE_DIR", std::nullopt);
  {
    const EnvironmentVariable caches("XDG_CACHE_HOME", "/caches");
    EXPECT_EQ(cache_folder(), "/caches/reslab");
  }
  {
    const EnvironmentVariable caches("XDG_CACHE_HOME", "relative");
    EXPECT_EQ(cache_folder(), "/home/someone/.cache/reslab");
  }
  const EnvironmentVariable caches("XDG_CACHE_HOME", std::nullopt), no_home("HOME", std::nullopt);
  EXPECT_THROW(cache_folder(), core::UserError);
  EXPECT_EQ(find_cache_folder(), std::nullopt);
  EXPECT_EQ(find_cache_folder("given"), "given");
}

}  // namespace
}  // namespace reslab::fetch
