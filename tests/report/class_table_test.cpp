#include "reslab/report/class_table.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "report/support.h"
#include "reslab/report/page.h"

namespace reslab::report {
namespace {

explain::Measures of_always_dog(std::int64_t samples) {
  const explain::Predictions predictions = always_dog(coloured_samples(samples));
  return explain::measure_classes(predictions.labels, predictions.predicted, predictions.probabilities);
}

TEST(ClassTable, HasARowAClassAndNothingForWhatIsNotDefined) {
  const std::string rows = class_rows(of_always_dog(4), {"cat", "dog", "a, \"b\""}, "run,");
  EXPECT_EQ(rows.substr(0, rows.find('\n')).substr(0, 20), "run,cat,2,0,0,0,0,0.");
  // All are taken for the dog, the classes' probabilities are all alike, and so is every rank.
  EXPECT_NE(rows.find(",,,,0,0.5,0.5\n"), std::string::npos) << "no precision of a cat: " << rows;
  EXPECT_NE(rows.find("\nrun,dog,1,4,1,1,"), std::string::npos) << rows;
  EXPECT_NE(rows.find("\nrun,\"a, \"\"b\"\"\",1,0,0,"), std::string::npos) << rows;
  EXPECT_EQ(rows.find("nan"), std::string::npos);
  const std::string columns = class_columns;
  EXPECT_EQ(std::ranges::count(columns, ',') + 1, std::ranges::count(rows.substr(0, rows.find('\n')), ','));
}

TEST(ClassTable, StandsInThePageWithNullForWhatIsNotDefined) {
  Page page{.title = "t", .runs = {{.name = "a"}}};
  page.runs[0].errors = Errors{.classes = {"cat", "dog", "bird"}, .confusion = {}, .measures = of_always_dog(2)};
  const nlohmann::json measures = nlohmann::json::parse(page_json(page)).at("runs")[0].at("errors").at("measures");
  ASSERT_EQ(measures.at("classes").size(), 3U);
  const nlohmann::json &dog = measures.at("classes")[1], &bird = measures.at("classes")[2];
  EXPECT_EQ(dog.at("recall").at("value"), 1);
  EXPECT_EQ(dog.at("roc_auc"), 0.5);
  EXPECT_EQ(dog.at("roc"), nlohmann::json::parse("[[0,0],[1,1]]"));
  EXPECT_TRUE(bird.at("recall").is_null() && bird.at("precision").is_null() && bird.at("f1").is_null() &&
              bird.at("roc_auc").is_null());
  EXPECT_EQ(measures.at("balanced_accuracy"), 0.5);
}

}  // namespace
}  // namespace reslab::report
