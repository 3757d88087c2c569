#!/bin/sh
# Builds libnoah_owp.so from a checkout of Noah-OWP-Modular: ./build.sh CHECKOUT
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cd "$1"
flags="-O2 -fPIC -cpp -DNGEN_FORCING_ACTIVE -DNGEN_OUTPUT_ACTIVE -ffree-form -ffree-line-length-none"
netcdf="$(nf-config --fflags) $(nf-config --flibs)"
mkdir -p ldas && cd ldas
# the sources use one another: compiled again and again until all are
left=$(ls ../src/*.f90 ../driver/AsciiReadModule.f90 ../driver/OutputModule.f90)
while [ -n "$left" ]; do
  failed=""
  for source in $left; do
    gfortran $flags $(nf-config --fflags) -c "$source" 2> last.txt || failed="$failed $source"
  done
  [ "$failed" != "$left" ] || { cat last.txt; exit 1; }
  left=$failed
done
gfortran $flags -c "$here/noah_owp_ldas.f90"
gfortran -shared -o libnoah_owp.so ./*.o $netcdf
echo "built $(pwd)/libnoah_owp.so"
