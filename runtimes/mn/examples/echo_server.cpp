// The smallest server: whoever connects (`nc 127.0.0.1 7000`) gets back what he sends. Where accept() fails, as where
// no descriptors are left, it ends; http_server goes on, and ends gracefully.
//
//   mn_example_echo_server [127.0.0.1:7000]
#include <array>
#include <cstdio>
#include <mn/mn.hpp>

namespace {

void echo(const mn::net::stream& client) try {
  std::array<char, 4096> buffer;
  while (const std::size_t n = client.read(buffer)) client.write({buffer.data(), n});
} catch (const mn::io_error&) {  // the client has broken off; an exception that left the task would end the program
}

}  // namespace

int main(int argc, char** argv) {
  mn::runtime rt;
  rt.run([&] {
    const auto server = mn::net::listen(argc > 1 ? argv[1] : "127.0.0.1:7000");
    std::printf("%s\n", server.local().to_string().c_str());
    std::fflush(stdout);
    for (;;) mn::go([client = server.accept()] { echo(client); });
  });
}
