// Where things are when the command line does not say.
#pragma once

#include <filesystem>

namespace threadmark::conductor {

/// The project's folder: the nearest one above this program that holds benchmarks/profiles.json (a build tree lies in
/// it), else the one this program was built from.
std::filesystem::path find_sources();
/// The folder of this program.
std::filesystem::path program_folder();

}  // namespace threadmark::conductor
