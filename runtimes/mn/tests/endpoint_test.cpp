#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <mn/net/endpoint.hpp>
#include <string>

using mn::net::bad_endpoint;
using mn::net::endpoint;

TEST(endpoint, is_the_text_that_it_came_from) {
  for (const char* text : {"127.0.0.1:8080", "0.0.0.0:0", "255.255.255.255:65535", "[::1]:80", "[fe80::1:2]:1", ":8080",
                           ":0", "unix:/run/a.sock", "unix:relative", "unix:@hidden"}) {
    EXPECT_EQ(endpoint::parse(text).to_string(), text);
  }
  EXPECT_EQ(endpoint().to_string(), ":0");
  EXPECT_EQ(endpoint::parse("[::ffff:1.2.3.4]:5").to_string(), "1.2.3.4:5");
}

TEST(endpoint, of_a_unix_path_that_fills_its_room_is_that_path) {
  sockaddr_un a{};
  a.sun_family = AF_UNIX;
  std::ranges::fill(a.sun_path, 'p');
  alignas(8) std::array<std::byte, endpoint::room> given{};
  std::memcpy(given.data(), &a, sizeof a);
  const endpoint full(reinterpret_cast<const sockaddr*>(given.data()), sizeof a + 1);  // as getpeername(2) counts it
  EXPECT_EQ(full.to_string(), "unix:" + std::string(sizeof a.sun_path, 'p'));
}

TEST(endpoint, knows_its_kind_and_port) {
  EXPECT_EQ(endpoint::parse("1.2.3.4:567").port(), 567);
  EXPECT_EQ(endpoint::parse("[::1]:567").port(), 567);
  EXPECT_EQ(endpoint::parse("unix:/x").port(), 0);
  EXPECT_TRUE(endpoint::parse("[::1]:1").is_ipv6());
  EXPECT_FALSE(endpoint::parse("1.2.3.4:1").is_ipv6());
  EXPECT_TRUE(endpoint::parse("unix:/x").is_unix());
  EXPECT_TRUE(endpoint::parse(":1").is_every_address());
  EXPECT_FALSE(endpoint::parse("[::1]:1").is_every_address());
  EXPECT_EQ(endpoint::parse("[::1]:1").with_port(2).to_string(), "[::1]:2");
  EXPECT_EQ(endpoint::parse("1.2.3.4:1").with_port(2), endpoint::parse("1.2.3.4:2"));
  EXPECT_NE(endpoint::parse("1.2.3.4:1"), endpoint::parse("1.2.3.4:2"));
  EXPECT_EQ(endpoint::parse("unix:/x").with_port(2), endpoint::parse("unix:/x"));
}

TEST(endpoint, says_what_is_wrong_with_a_text) {
  const auto why = [](std::string_view text) -> std::string {
    try {
      (void)endpoint::parse(text);
    } catch (const bad_endpoint& e) {
      EXPECT_NE(std::string(e.what()).find("\"" + std::string(text) + "\""), std::string::npos);
      return e.what();
    }
    return "nothing";
  };
  EXPECT_NE(why("127.0.0.1").find("no port"), std::string::npos);
  EXPECT_NE(why("127.0.0.1:").find("a port is a number"), std::string::npos);
  EXPECT_NE(why("127.0.0.1:65536").find("a port is a number"), std::string::npos);
  EXPECT_NE(why("127.0.0.1:8x").find("a port is a number"), std::string::npos);
  EXPECT_NE(why("127.0.0.1:-1").find("a port is a number"), std::string::npos);
  EXPECT_NE(why("localhost:80").find("not an IPv4 address"), std::string::npos);
  EXPECT_NE(why("::1:80").find("not an IPv4 address"), std::string::npos);
  EXPECT_NE(why("[::1:80").find("bracket"), std::string::npos);
  EXPECT_NE(why("[]:80").find("not an IPv6 address"), std::string::npos);
  EXPECT_NE(why("unix:").find("empty"), std::string::npos);
  EXPECT_NE(why("unix:@").find("empty"), std::string::npos);
  EXPECT_NE(why("unix:/" + std::string(107, 'x')).find("107"), std::string::npos);
  EXPECT_EQ(why("unix:/" + std::string(106, 'x')), "nothing");
}
