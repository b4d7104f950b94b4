// Hosts of one site for tests: gatepost-ratelimit itself, with sockets and logs in one folder. One
// thread starts them; Client() is for any thread.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <string>
#include <string_view>

#include "tests/support/milter_client.h"
#include "tests/support/program.h"
#include "tests/support/temp_folder.h"

namespace gatepost::ratelimit {

class RatelimitHosts {
 public:
  explicit RatelimitHosts(std::string store_url) : store_url_(std::move(store_url)) {}

  // One more host; `options` are sections of ratelimit.toml, `site` of gatepost.toml.
  support::Program Start(const std::string& name, const std::string& options,
                         const std::string& site = "") {
    return StartProgram("gatepost-ratelimit", name, options, site);
  }

  // Another program of the host `name`; its socket is Socket(`name`), too.
  support::Program StartProgram(const std::string& program, const std::string& name,
                                const std::string& options, const std::string& site = "") {
    const std::string file =
        Write(name + ".toml", "[server]\nsocket = \"" + Socket(name) + "\"\n" + options);
    auto started = support::Program::Start(
        {GATEPOST_BIN_DIR "/" + program, "-c", file, "--site", SiteFile(name, site)}, Log(name));
    EXPECT_TRUE(started->WaitForSocket(Socket(name)).has_value()) << started->Log();
    return *std::move(started);
  }

  // A file in the folder; its path.
  std::string Write(const std::string& name, const std::string& text) const {
    const auto path = folder_.path() / name;
    std::ofstream(path) << text;
    return path.string();
  }

  std::string SiteFile(const std::string& name, const std::string& more = "") const {
    const auto state = folder_.path() / (name + "-state");
    std::filesystem::create_directories(state);
    return Write(name + "-site.toml", "[identity]\nhostname = \"" + name +
                                          ".example.org\"\n[store]\nurl = \"" + store_url_ +
                                          "\"\nstate_directory = \"" + state.string() +
                                          "\"\n[log]\ntarget = \"stderr\"\n" + more);
  }

  std::string Socket(const std::string& name) const {
    return "unix:" + (folder_.path() / (name + ".sock")).string();
  }

  // Connected from this address, at the start of a session.
  support::MilterClient Client(const std::string& name,
                               std::string_view address = "192.0.2.1") const {
    auto client = support::MilterClient::Open(Socket(name), {.timeout = std::chrono::seconds(20)});
    EXPECT_TRUE(client->Negotiate().has_value());
    EXPECT_TRUE(client->Connect("client.example.net", address)->GoesOn());
    EXPECT_TRUE(client->Helo("client.example.net")->GoesOn());
    return *std::move(client);
  }

  std::filesystem::path Log(const std::string& name) const {
    return folder_.path() / (name + ".log");
  }

  static int Count(std::string_view text, std::string_view what) {
    int count = 0;
    for (auto at = text.find(what); at != text.npos; at = text.find(what, at + 1)) ++count;
    return count;
  }

 private:
  support::TempFolder folder_;
  std::string store_url_;
};

}  // namespace gatepost::ratelimit
