// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "cli/report_page.hpp"

#include <hark/audit/handlers/json_lines_event_handler.hpp>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstdlib>
#include <limits>
#include <map>
#include <regex>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "cli/report_html.hpp"
#include "cli/report_recording.hpp"
#include "support/program.hpp"

namespace hark::cli {
namespace {

using audit::EventKind;
using nlohmann::json;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using test::Finished;
using test::Folder;
using test::run;

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

std::size_t count_of(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string_view::npos;
       at += part.size())
    ++count;
  return count;
}

/// Tells a handler what is recorded.
class Teller {
 public:
  explicit Teller(audit::JsonLinesEventHandler& handler) : handler_(handler) {}

  void tell(const audit::RequestStart& request) {
    requests_.emplace(request.id, handler_.request_start(request));
  }
  void tell(const audit::EventStart& event) {
    events_.emplace(event.id,
                    handler_.event_start(event, requests_.at(event.request_id)));
  }
  void tell(const audit::EventEnd& event) {
    handler_.event_end(
        event, requests_.at(event.request_id), std::move(events_.at(event.id)));
  }
  void tell(const audit::RequestEnd& request) {
    handler_.request_end(request, std::move(requests_.at(request.id)));
  }

 private:
  audit::JsonLinesEventHandler& handler_;
  std::map<std::uint64_t, audit::detail::JsonLinesRequest> requests_;
  std::map<std::uint64_t, audit::detail::JsonLinesEvent> events_;
};

void write_audit(const Recording& recording, const std::string& path) {
  audit::JsonLinesEventHandler handler(path, {.sync = audit::SyncPolicy::never});
  Teller teller(handler);
  for (const Recording::Record& record : recording.records())
    std::visit([&](const auto& what) { teller.tell(what); }, record);
}

/// A shop's day in a few requests.
Recording shop() {
  Recording recording;
  for (int i = 0; i < 4; ++i) {
    const auto request = recording.begin_request("order " + std::to_string(i));
    audit::EventEnd checkout = recording.begin(request, EventKind::checkout);
    recording.pass(microseconds(40));
    checkout.waited = i == 2 ? microseconds(30) : microseconds(0);
    recording.end(checkout);
    audit::EventEnd transaction = recording.begin(request, EventKind::transaction);
    recording.execute(request, "INSERT INTO invoice VALUES (1)", milliseconds(4 - i), 1);
    transaction.ended_by = "commit";
    recording.end(transaction);
    for (int row = 0; row < 12; ++row)
      recording.execute(
          request, "SELECT a FROM t WHERE id = " + std::to_string(row), microseconds(90));
    recording.end_request(request);
  }
  const auto failing = recording.begin_request("refund");
  recording.fail(failing,
                 "DELETE FROM invoice",
                 {.type = "IntegrityError", .message = "is used", .sqlstate = "23503"});
  recording.end_request(failing, Outcome::error);
  return recording;
}

class ReportPageTest : public testing::Test {
 protected:
  /// Has `hark report` render what is recorded, and returns the page.
  std::string page_of(const Recording& recording, std::vector<std::string> options = {}) {
    write_audit(recording, folder_.path("audit.jsonl"));
    return page_of_file(std::move(options));
  }

  std::string page_of_file(std::vector<std::string> options = {}) {
    options.insert(
        options.begin(),
        {"report", folder_.path("audit.jsonl"), "--html", folder_.path("page.html")});
    const Finished finished = run(options);
    EXPECT_EQ(finished.code, 0) << finished.err;
    EXPECT_EQ(finished.out, "");
    return folder_.read("page.html");
  }

  /// What the page's script is given.
  static json data_of(const std::string& page) {
    constexpr std::string_view opening = "<script type=\"application/json\" id=\"data\">";
    const std::size_t begin = page.find(opening) + opening.size();
    return json::parse(page.substr(begin, page.find("</script>", begin) - begin));
  }

  Folder folder_;
};

TEST(HtmlTest, ShowsTextsAsThemselves) {
  Html page;

  page << "<p title=\"" << Text("a\"b'c") << "\">" << Text("<&>\r\x01") << "</p>";

  EXPECT_EQ(page.take(), "<p title=\"a&quot;b&#39;c\">&lt;&amp;&gt;\n�</p>");
}

TEST(HtmlTest, KeepsJsonInItsElement) {
  Html page;

  page << JsonText(R"(["</script><!--&"])");

  const std::string made = page.take();
  EXPECT_FALSE(contains(made, "<"));
  EXPECT_EQ(json::parse(made)[0], "</script><!--&");
}

constexpr std::string_view attack =
    "</script></style></title><script>alert(1)</script><img src=x onerror=alert(2)>\"'>";

/// A recording whose every text would like to be markup.
Recording attacking() {
  const std::string text(attack);
  Recording recording;
  const auto request = recording.begin_request(text);
  audit::EventEnd event = Recording::statement(request, "SELECT '" + text + "' = 1");
  event.name = text;
  event.parameters = {{.name = text, .value = dbapi::Value(text)}};
  event.parameter_count = 1;
  event.outcome = Outcome::error;
  event.failure = audit::Failure{.type = text, .message = text, .sqlstate = text};
  event = recording.begin(std::move(event));
  recording.pass(milliseconds(1));
  recording.end(event);
  audit::EventEnd savepoint;
  savepoint.request_id = request.id;
  savepoint.kind = EventKind::savepoint;
  savepoint.name = text;
  savepoint = recording.begin(std::move(savepoint));
  savepoint.ended_by = text;
  recording.end(std::move(savepoint));
  recording.lose(request, text, 1, 1);
  for (int i = 0; i < 20; ++i)
    recording.execute(
        request, "SELECT '" + text + "' = " + std::to_string(i), microseconds(5));
  recording.end_request(request);
  return recording;
}

TEST_F(ReportPageTest, ShowsMarkupOfTheFileAsText) {
  const std::string page = page_of(attacking(), {"--title", std::string(attack)});

  EXPECT_EQ(count_of(page, "<script"), 2U);
  EXPECT_EQ(count_of(page, "</script>"), 2U);
  EXPECT_EQ(count_of(page, "<style>"), 1U);
  EXPECT_FALSE(contains(page, "<img"));
  EXPECT_TRUE(contains(page, "&lt;img src=x onerror=alert(2)&gt;&quot;&#39;&gt;"));
  EXPECT_TRUE(contains(data_of(page)["texts"].dump(), "<img"));
}

TEST_F(ReportPageTest, NeedsNothingElse) {
  const std::string page = page_of(shop());

  for (const char* part : {"http:", "https:", "src=", "url(", "@import", "<link"})
    EXPECT_FALSE(contains(page, part)) << part;
  EXPECT_TRUE(contains(page, "default-src &#39;none&#39;") ||
              contains(page, "default-src 'none'"));
  EXPECT_FALSE(contains(page, "unsafe-"));
}

TEST_F(ReportPageTest, TellsTheNumbers) {
  const std::string page = page_of(shop(), {"--title", "A day at the shop"});

  EXPECT_TRUE(contains(page, "<h1>A day at the shop</h1>"));
  EXPECT_TRUE(contains(page, "<dt>Requests</dt><dd>5<small>1 failed</small></dd>"));
  EXPECT_TRUE(contains(page, "<dt>Statements</dt><dd>53<small>1 failed</small></dd>"));
  EXPECT_TRUE(contains(page, "2026-11-22 09:12:33.000000"));
  EXPECT_TRUE(contains(page, "No event was lost"));
  EXPECT_TRUE(contains(page, "The hash chain is intact"));
  EXPECT_TRUE(contains(page, "<strong>1 waited for a connection"));
  EXPECT_TRUE(contains(page, "23503"));
  EXPECT_FALSE(contains(page, "id=\"sample\""));
}

TEST_F(ReportPageTest, HasAsManyRowsAsAsked) {
  const std::string page = page_of(shop(), {"--top", "2"});

  EXPECT_TRUE(contains(page, "2 of 53 statements"));
  EXPECT_TRUE(contains(page, "2 of 5 requests"));
}

TEST_F(ReportPageTest, KeepsNumbersOf64Bits) {
  Recording recording;
  const auto request = recording.begin_request("count");
  recording.execute(
      request, "UPDATE a", milliseconds(1), std::numeric_limits<std::uint64_t>::max());
  recording.end_request(request);

  const std::string page = page_of(recording);

  EXPECT_TRUE(contains(page, ">18,446,744,073,709,551,615<"));
  EXPECT_EQ(data_of(page)["spans"]["facts"][1]["rows"], "18446744073709551615");
}

TEST_F(ReportPageTest, CutsHugeStatementsAndSaysSo) {
  Recording recording;
  const auto request = recording.begin_request("huge");
  recording.execute(
      request, "SELECT '" + std::string(100'000, 'x') + "'", milliseconds(1));
  recording.end_request(request);

  const std::string page = page_of(recording);

  EXPECT_TRUE(contains(page, "The first 20,000 of 100,009 bytes."));
  EXPECT_LT(page.size(), 200'000U);
}

TEST_F(ReportPageTest, SaysThatAFileIsEmpty) {
  folder_.write("audit.jsonl", "");

  const std::string page = page_of_file();

  EXPECT_TRUE(contains(page, "The file is empty."));
  EXPECT_TRUE(contains(page, "No statement was executed."));
}

TEST_F(ReportPageTest, SaysThatAFileIsCutOff) {
  write_audit(shop(), folder_.path("audit.jsonl"));
  const std::string whole = folder_.read("audit.jsonl");
  folder_.write("audit.jsonl", whole.substr(0, whole.size() / 2));

  const std::string page = page_of_file();

  EXPECT_TRUE(contains(page, "id=\"torn\""));
  EXPECT_TRUE(contains(page, "id=\"unended\""));
  EXPECT_TRUE(contains(page, "intact as far as it goes"));
  EXPECT_TRUE(contains(page, "INSERT INTO invoice"));
}

TEST_F(ReportPageTest, SaysThatALineWasEdited) {
  write_audit(shop(), folder_.path("audit.jsonl"));
  std::string text = folder_.read("audit.jsonl");
  text.replace(text.find("order 2"), 7, "order 9");
  folder_.write("audit.jsonl", text);

  const std::string page = page_of_file();

  EXPECT_TRUE(contains(page, "class=\"health troubled\""));
  EXPECT_TRUE(contains(page, "The hash chain is broken"));
  EXPECT_TRUE(contains(page, ", edited: "));
}

TEST_F(ReportPageTest, SaysThatALineIsNoRecord) {
  write_audit(shop(), folder_.path("audit.jsonl"));
  folder_.write("audit.jsonl", "nonsense\n" + folder_.read("audit.jsonl"));

  const std::string page = page_of_file();

  EXPECT_TRUE(contains(page, "1 line is no record"));
  EXPECT_TRUE(contains(page, "<dt>Requests</dt><dd>5"));
}

TEST_F(ReportPageTest, TellsLossesAtTheTop) {
  Recording recording;
  const auto request = recording.begin_request("hark.audit");
  recording.lose(request, "queue full", 1'234, 5);
  recording.end_request(request);

  const std::string page = page_of(recording);

  EXPECT_TRUE(contains(page, "1,234 events were not recorded, nor 5 whole requests"));
  EXPECT_TRUE(contains(page, "queue full: 1,234 events, 5 requests, told once"));
  EXPECT_LT(page.find("queue full"), page.find("<h2"));
}

TEST_F(ReportPageTest, SaysWhatTheTimelineLeavesOut) {
  AuditReportBuilder builder({.spans = 10, .requests = 5});
  Recording recording;
  for (int i = 0; i < 1'000; ++i) {
    const auto request = recording.begin_request("order");
    recording.execute(request, "SELECT 1", milliseconds(1));
    recording.end_request(request);
  }
  for (const Recording::Record& record : recording.records())
    std::visit([&](const auto& what) { builder.add(what); }, record);

  const std::string page = report_page(builder.finish(), {});

  EXPECT_TRUE(contains(page, "showing 10 of 1,000 events and 5 of 1,000 requests"));
  EXPECT_EQ(data_of(page)["spans"]["start"].size(), 15U);
}

TEST_F(ReportPageTest, HasABoundedTextInItsTimeline) {
  AuditReport report;
  report.events = 5'000;
  for (std::uint64_t i = 0; i < report.events; ++i)
    report.timeline.push_back({.id = i,
                               .kind = EventKind::statement,
                               .elapsed = static_cast<Moment>(i),
                               .text = std::to_string(i) + std::string(2'000, 'x')});

  const json data = data_of(report_page(report, {}));

  EXPECT_LE(data["texts"].dump().size(), most_timeline_text + 100'000);
  EXPECT_FALSE(data["spans"]["facts"][0].contains("text"));
  EXPECT_TRUE(data["spans"]["facts"][4'999].contains("text"));
}

TEST_F(ReportPageTest, GoesToStandardOutput) {
  write_audit(shop(), folder_.path("audit.jsonl"));

  const Finished finished = run({"report", folder_.path("audit.jsonl"), "-o", "-"});

  EXPECT_EQ(finished.code, 0);
  EXPECT_TRUE(finished.out.starts_with("<!doctype html>"));
}

TEST_F(ReportPageTest, EndsAsOtherCommandsDo) {
  folder_.write("audit.jsonl", "");

  EXPECT_EQ(run({"report", folder_.path("none"), "-o", "-"}).code, 3);
  EXPECT_EQ(run({"report", folder_.path("audit.jsonl"), "-o", "/none/page"}).code, 3);
  EXPECT_EQ(run({"report", folder_.path("audit.jsonl")}).code, 2);
  EXPECT_EQ(run({"report", folder_.path("audit.jsonl"), "-o", "-", "--top", "0"}).code,
            2);
}

// ---- In a browser ----

/// What became of a page in headless Chromium, without a network.
struct Rendered {
  std::string dom{};
  std::string console{};    ///< what it complained of
  std::string requested{};  ///< a URL other than the page's

  /// The value of an attribute of the timeline.
  std::string timeline(const std::string& name) const {
    std::smatch found;
    const std::regex attribute("id=\"lanes\"[^>]* data-" + name + "=\"([^\"]*)\"");
    return std::regex_search(dom, found, attribute) ? found[1].str() : "none";
  }
};

class ReportBrowserTest : public ReportPageTest {
 protected:
  void SetUp() override {
    for (const char* name : {"chromium-headless-shell", "chromium", "google-chrome"}) {
      if (shell(std::string("command -v ") + name + " >/dev/null")) browser_ = name;
      if (!browser_.empty()) return;
    }
    GTEST_SKIP() << "chromium-headless-shell is not installed";
  }

  Rendered render(const std::string& fragment = "") {
    EXPECT_TRUE(shell("timeout 60 " + browser_ +
                      " --headless --no-sandbox --disable-gpu --virtual-time-budget=5000"
                      " --host-resolver-rules='MAP * ~NOTFOUND' --enable-logging=stderr"
                      " --user-data-dir=" +
                      folder_.path("profile") + " --log-net-log=" + folder_.path("net") +
                      " --dump-dom 'file://" + folder_.path("page.html") + fragment +
                      "' >" + folder_.path("dom") + " 2>" + folder_.path("log")));
    return {.dom = folder_.read("dom"),
            .console = lines_with(folder_.read("log"), "CONSOLE"),
            .requested = lines_with(folder_.read("net"), "\"url\":\"http")};
  }

  /// The texts of the cells of a column, from above.
  static std::vector<std::string> column(const std::string& dom,
                                         const std::string& table,
                                         std::size_t number) {
    const std::size_t begin = dom.find("<tbody", dom.find("id=\"" + table + "\""));
    const std::string body = dom.substr(begin, dom.find("</tbody>", begin) - begin);
    const std::regex row("<tr.*?</tr>", std::regex::ECMAScript);
    const std::regex cell("<td[^>]*data-value=\"([0-9]+)\"");
    std::vector<std::string> made;
    for (std::sregex_iterator at(body.begin(), body.end(), row), end; at != end; ++at) {
      const std::string text = at->str();
      std::sregex_iterator value(text.begin(), text.end(), cell);
      for (std::size_t i = 0; i < number; ++i) ++value;
      made.push_back((*value)[1].str());
    }
    return made;
  }

 private:
  static bool shell(const std::string& command) {
    return std::system(command.c_str()) == 0;
  }

  static std::string lines_with(const std::string& text, std::string_view part) {
    std::string made;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);)
      if (contains(line, part)) made += line + "\n";
    return made;
  }

  std::string browser_;
};

TEST_F(ReportBrowserTest, DrawsTheTimelineWithoutComplaintsOrANetwork) {
  page_of(shop());

  const Rendered rendered = render();

  EXPECT_TRUE(contains(rendered.dom, "data-ready=\"true\""));
  EXPECT_EQ(rendered.console, "");
  EXPECT_EQ(rendered.requested, "");
  EXPECT_EQ(rendered.timeline("spans"), "66");
  EXPECT_EQ(rendered.timeline("drawn"), "66");
  EXPECT_EQ(rendered.timeline("requests"), "5");
  EXPECT_EQ(rendered.timeline("lanes"), "1");
}

TEST_F(ReportBrowserTest, SortsATable) {
  page_of(shop());

  const Rendered rendered = render("#sort=groups.count");

  const std::vector<std::string> counts = column(rendered.dom, "groups", 1);
  EXPECT_EQ(counts, (std::vector<std::string>{"48", "4", "1"}));
  EXPECT_EQ(column(render("#sort=groups.count.ascending").dom, "groups", 1),
            (std::vector<std::string>{"1", "4", "48"}));
  EXPECT_TRUE(contains(rendered.dom, "aria-sort=\"descending\""));
}

TEST_F(ReportBrowserTest, FiltersByRequestAndText) {
  page_of(shop());

  const Rendered rendered = render("#request=refund&filter=invoice");

  EXPECT_EQ(rendered.timeline("requests"), "1");
  EXPECT_EQ(rendered.timeline("matching"), "1");
  EXPECT_TRUE(contains(rendered.dom, " of 66 bars of the timeline"));
}

TEST_F(ReportBrowserTest, ShowsWhatIsSelected) {
  page_of(attacking());

  const Rendered rendered = render("#select=2");

  EXPECT_EQ(rendered.timeline("selected"), "2");
  const std::size_t detail = rendered.dom.find("id=\"detail\"");
  EXPECT_NE(rendered.dom.find("&lt;img src=x onerror=alert(2)&gt;", detail),
            std::string::npos);
  EXPECT_FALSE(contains(rendered.dom, "<img"));
  EXPECT_EQ(rendered.console, "");
}

TEST_F(ReportBrowserTest, ShowsAnEmptyFile) {
  folder_.write("audit.jsonl", "");
  page_of_file();

  const Rendered rendered = render();

  EXPECT_TRUE(contains(rendered.dom, "data-ready=\"true\""));
  EXPECT_EQ(rendered.console, "");
}

TEST_F(ReportBrowserTest, DrawsManyEventsAsFewPixels) {
  Recording recording;
  const auto request = recording.begin_request("import");
  for (int i = 0; i < 8'000; ++i)
    recording.execute(request, "INSERT INTO t VALUES (1)", microseconds(1));
  recording.end_request(request);
  page_of(recording);

  const Rendered rendered = render();

  EXPECT_EQ(rendered.timeline("spans"), "8001");
  EXPECT_LT(std::stoi(rendered.timeline("drawn")), 3'000);
  EXPECT_EQ(rendered.console, "");
}

}  // namespace
}  // namespace hark::cli
