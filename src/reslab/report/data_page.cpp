#include "reslab/report/data_page.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "reslab/core/base64.h"
#include "reslab/core/error.h"
#include "reslab/image/jpeg.h"
#include "reslab/image/png.h"
#include "reslab/report/page/embedded.h"
#include "reslab/report/page_frame.h"

namespace reslab::report {
namespace {

using DataJson = nlohmann::ordered_json;

constexpr std::size_t most_image_bytes = 3'000'000;  // base64 makes a third more of them
constexpr std::size_t most_text = 200;
constexpr std::size_t most_classes = 1000, most_unused = 200;

// The end of a long text says more: of a path it is the name.
std::string cut_text(const std::string& text) {
  return text.size() <= most_text ? text : "…" + text.substr(text.size() - most_text);
}

class DataPageJson {
 public:
  DataJson make(const DataPage& page) {
    DataJson json{{"title", page.title},
                  {"subtitle", page.subtitle},
                  {"made", page.made},
                  {"headlines", headlines(page)},
                  {"findings", findings(page)},
                  // Before the samples of classes: they are what someone must look at.
                  {"groups", groups(page)},
                  {"damaged", pictures(page.damaged)},
                  {"classes", classes(page)},
                  {"class_count", page.classes.size()},
                  {"groups_hint", page.groups_hint},
                  {"unused", unused(page)},
                  {"unused_count", page.unused_count},
                  {"facts", page.facts}};
    json["pictures_left_out"] = left_out_;
    return json;
  }

 private:
  static DataJson headlines(const DataPage& page) {
    DataJson list = DataJson::array();
    for (const Headline& headline : page.headlines)
      list.push_back({{"label", headline.label}, {"value", headline.value}, {"note", headline.about}});
    return list;
  }

  static DataJson findings(const DataPage& page) {
    DataJson list = DataJson::array();
    for (const DataFinding& finding : page.findings) {
      DataJson examples = DataJson::array();
      for (const std::string& example : finding.examples)
        if (examples.size() < 10) examples.push_back(cut_text(example));
      list.push_back(
          {{"marked", finding.marked}, {"text", finding.text}, {"examples", examples}, {"count", finding.count}});
    }
    return list;
  }

  static DataJson unused(const DataPage& page) {
    DataJson list = DataJson::array();
    for (const UnusedFile& file : page.unused)
      if (list.size() < most_unused) list.push_back({cut_text(file.path), cut_text(file.why), cut_text(file.remedy)});
    return list;
  }

  // "" where there is nothing to show, or no room.
  std::string data_uri(const augment::Image& image) {
    if (image.pixels.empty() || !(image::has_jpeg() || image::has_png())) return "";
    const std::vector<std::byte> bytes = image::has_jpeg() ? image::encode_jpeg(image, 80) : image::encode_png(image);
    if (bytes_ + bytes.size() > most_image_bytes) {
      ++left_out_;
      return "";
    }
    bytes_ += bytes.size();
    return (image::has_jpeg() ? "data:image/jpeg;base64," : "data:image/png;base64,") + core::base64(bytes);
  }

  DataJson pictures(const std::vector<DataPicture>& list) {
    DataJson json = DataJson::array();
    for (const DataPicture& picture : list)
      json.push_back({{"name", cut_text(picture.name)},
                      {"about", cut_text(picture.about)},
                      {"width", picture.image.width},
                      {"height", picture.image.height},
                      {"picture", data_uri(picture.image)}});
    return json;
  }

  DataJson groups(const DataPage& page) {
    DataJson list = DataJson::array();
    for (const DataGroup& group : page.groups)
      list.push_back({{"title", group.title},
                      {"marked", group.marked},
                      {"all", group.all},
                      {"pictures", pictures(group.pictures)}});
    return list;
  }

  DataJson classes(const DataPage& page) {
    DataJson list = DataJson::array();
    for (const DataClass& each : page.classes)
      if (list.size() < most_classes)
        list.push_back({{"name", cut_text(each.name)}, {"counts", each.counts}, {"pictures", pictures(each.pictures)}});
    return list;
  }

  std::size_t bytes_ = 0, left_out_ = 0;
};

}  // namespace

std::string render_data_page(const DataPage& page) {
  return framed({.title = page.title,
                 .data = script_json(DataPageJson().make(page)),
                 .script = std::string(embedded::page_tools) + std::string(embedded::page_data)});
}

}  // namespace reslab::report
