// Arrays as text. Every expected text is what NumPy 1.24 prints; print_against_numpy.py compares many more.
#include <gtest/gtest.h>

#include <algorithm>
#include <initializer_list>
#include <limits>
#include <numeric>
#include <sstream>
#include <string>

#include <onepass/array/any_array.hpp>
#include <onepass/core/isa.hpp>

namespace onepass::testing {

isa compiled_for() { return target_isa; }

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double inf = std::numeric_limits<double>::infinity();

template <element T>
std::string printed(const extents& shape, std::initializer_list<T> items) {
  array<T> made(shape);
  EXPECT_EQ(made.size(), items.size());
  std::copy(items.begin(), items.end(), made.data());
  return to_string(made);
}

template <element T>
std::string single(T value) {
  return printed<T>(extents{}, {value});
}
template <element T>
std::string row(std::initializer_list<T> items) {
  return printed<T>({items.size()}, items);
}
std::string f32(std::initializer_list<float> items) { return row<float>(items); }
std::string f64(std::initializer_list<double> items) { return row<double>(items); }
std::string i32(std::initializer_list<std::int32_t> items) { return row<std::int32_t>(items); }

/// 0, 1, 2, ...
template <element T = std::int32_t>
array<T> counted(const extents& shape) {
  array<T> made(shape);
  std::iota(made.begin(), made.end(), T(0));
  return made;
}

TEST(Print, ElementsWithoutDimensionsHaveAllTheirDigits) {
  EXPECT_EQ(single(true), "True");
  EXPECT_EQ(single(false), "False");
  EXPECT_EQ(single<std::uint8_t>(255), "255");
  EXPECT_EQ(single<std::int32_t>(-2147483647 - 1), "-2147483648");
  EXPECT_EQ(single(3.0), "3.0");
  EXPECT_EQ(single(-0.0), "-0.0");
  EXPECT_EQ(single(0.1), "0.1");
  EXPECT_EQ(single(0.1f), "0.1");
  EXPECT_EQ(single(1.0 / 3), "0.3333333333333333");
  EXPECT_EQ(single(1.0f / 3), "0.33333334");
  EXPECT_EQ(single(1e15), "1000000000000000.0");
  EXPECT_EQ(single(1e15f), "1000000000000000.0");
  EXPECT_EQ(single(16777216.0f * 5), "83886080.0");
  EXPECT_EQ(single(99999992.0f), "99999990.0");
  EXPECT_EQ(single(nan), "nan");
  EXPECT_EQ(single(-nan), "nan");
  EXPECT_EQ(single(inf), "inf");
  EXPECT_EQ(single(-inf), "-inf");
}

TEST(Print, ElementsWithoutDimensionsChangeNotationBelow1em4AndFrom1e16) {
  EXPECT_EQ(single(1e16), "1e+16");
  EXPECT_EQ(single(9999999999999998.0), "9999999999999998.0");
  EXPECT_EQ(single(1e16f), "1e+16");
  EXPECT_EQ(single(0.0001), "0.0001");
  EXPECT_EQ(single(0.0001f), "1e-04");  // less than a ten-thousandth as a float
  EXPECT_EQ(single(0.00015f), "0.00015");
  EXPECT_EQ(single(-1.5e-5), "-1.5e-05");
  EXPECT_EQ(single(5e-324), "5e-324");
  EXPECT_EQ(single(1e-45f), "1e-45");
  EXPECT_EQ(single(1.7976931348623157e308), "1.7976931348623157e+308");
  EXPECT_EQ(single(3.4028235e38f), "3.4028235e+38");
}

TEST(Print, IntegersAreAlignedToTheWidest) {
  EXPECT_EQ(i32({1, 2, 3}), "[1 2 3]");
  EXPECT_EQ(i32({1, -20, 300}), "[  1 -20 300]");
  EXPECT_EQ(i32({-2147483647 - 1, 2147483647}), "[-2147483648  2147483647]");
  EXPECT_EQ(row<std::uint8_t>({0, 10, 255}), "[  0  10 255]");
}

TEST(Print, TruthValuesAreFiveWide) {
  EXPECT_EQ(row<bool>({true, false}), "[ True False]");
  EXPECT_EQ(row<bool>({true, true}), "[ True  True]");
  EXPECT_EQ(printed<bool>({2, 1}, {false, true}),
            "[[False]\n"
            " [ True]]");
}

TEST(Print, FractionsArePaddedToTheLongest) {
  EXPECT_EQ(f64({1, 2.5, 3}), "[1.  2.5 3. ]");
  EXPECT_EQ(f64({0}), "[0.]");
  EXPECT_EQ(f64({-0.0, 0.0}), "[-0.  0.]");
  EXPECT_EQ(f64({-1.5, 10.25, 100}), "[ -1.5   10.25 100.  ]");
  EXPECT_EQ(f64({0.1, 0.2, 0.30000000000000004}), "[0.1 0.2 0.3]");
  EXPECT_EQ(f32({0.1f, 0.25f}), "[0.1  0.25]");
  EXPECT_EQ(f32({1.0f / 3, 2.0f / 3}), "[0.33333334 0.6666667 ]");
  EXPECT_EQ(f64({1.0 / 3, 200.0 / 3}), "[ 0.33333333 66.66666667]");
}

TEST(Print, FractionsAreCutToEightDigitsTiesToEven) {
  EXPECT_EQ(f64({0.123456785}), "[0.12345678]");
  EXPECT_EQ(f64({0.001953125}), "[0.00195312]");
  EXPECT_EQ(f64({0.005859375}), "[0.00585938]");
  EXPECT_EQ(f64({0.999999999}), "[1.]");
  EXPECT_EQ(f64({9.999999999, 1}), "[10.  1.]");
  EXPECT_EQ(f64({99999999.99999999}), "[99999999.99999999]");
}

TEST(Print, LargeIntegersAsFloatsAreExactInColumns) {
  EXPECT_EQ(f32({99999992.0f}), "[99999992.]");
  EXPECT_EQ(f32({16777216.0f, 33554436.0f}), "[16777216. 33554436.]");
  EXPECT_EQ(f64({12345678, 99999999}), "[12345678. 99999999.]");
}

TEST(Print, ColumnsBecomeScientificForLargeSmallAndDifferentValues) {
  EXPECT_EQ(f64({1e8}), "[1.e+08]");
  EXPECT_EQ(f64({99999999, 0}), "[99999999.        0.]");
  EXPECT_EQ(f64({0.0001}), "[0.0001]");
  EXPECT_EQ(f64({0.00009, 0.01}), "[9.e-05 1.e-02]");
  EXPECT_EQ(f32({0.0001f}), "[1.e-04]");
  EXPECT_EQ(f64({1, 1000}), "[   1. 1000.]");
  EXPECT_EQ(f64({1, 1000.5}), "[1.0000e+00 1.0005e+03]");
  EXPECT_EQ(f64({1, -1001, 0}), "[ 1.000e+00 -1.001e+03  0.000e+00]");
  EXPECT_EQ(f64({1e-320, 1e300}), "[1.e-320 1.e+300]");
  EXPECT_EQ(f32({1.0f, 1e-45f}), "[1.e+00 1.e-45]");
  EXPECT_EQ(f64({123456789.123456789, -1}), "[ 1.23456789e+08 -1.00000000e+00]");
}

TEST(Print, ScientificColumnsShowEquallyManyDigitsOfEachElement) {
  EXPECT_EQ(f64({1e-10, 1.5e10}), "[1.0e-10 1.5e+10]");
  EXPECT_EQ(f32({1e-10f, 1.2345678e10f}), "[1.0000000e-10 1.2345678e+10]");
  EXPECT_EQ(f32({1e-10f, 1.23456788e10f}), "[1.0000000e-10 1.2345679e+10]");
  EXPECT_EQ(f32({1e-10f, 16777217e11f}), "[1.0000000e-10 1.6777217e+18]");
  // Next to a power of two the shortest digits are not the rounded value.
  EXPECT_EQ(f32({0x1p-96f}), "[1.2621775e-29]");
  EXPECT_EQ(f32({0x1p87f}), "[1.5474251e+26]");
  EXPECT_EQ(f32({0x1p90f, 1e20f}), "[1.2379401e+27 1.0000000e+20]");
  EXPECT_EQ(f64({1.00000000001, 1e-10}), "[1.e+00 1.e-10]");
  EXPECT_EQ(f64({1e100, 1e-5}), "[1.e+100 1.e-005]");
  EXPECT_EQ(f64({-0.0, 1e9}), "[-0.e+00  1.e+09]");
}

TEST(Print, ValuesThatAreNotFiniteTakePartInTheAlignment) {
  EXPECT_EQ(f64({nan}), "[nan]");
  EXPECT_EQ(f64({inf}), "[inf]");
  EXPECT_EQ(f64({-inf}), "[-inf]");
  EXPECT_EQ(f64({nan, -inf}), "[ nan -inf]");
  EXPECT_EQ(f64({1, nan}), "[ 1. nan]");
  EXPECT_EQ(f64({1, -inf}), "[  1. -inf]");
  EXPECT_EQ(f64({0.5, inf}), "[0.5 inf]");
  EXPECT_EQ(f64({1.25, -nan, inf}), "[1.25  nan  inf]");
  EXPECT_EQ(f64({1e20, nan, -inf}), "[1.e+20    nan   -inf]");
  EXPECT_EQ(f32({1e-20f, 3, std::numeric_limits<float>::infinity()}), "[1.e-20 3.e+00    inf]");
}

TEST(Print, BlocksOfHigherRankAreFartherApart) {
  EXPECT_EQ(to_string(counted({2, 3})),
            "[[0 1 2]\n"
            " [3 4 5]]");
  EXPECT_EQ(to_string(counted({2, 2, 2})),
            "[[[0 1]\n"
            "  [2 3]]\n"
            "\n"
            " [[4 5]\n"
            "  [6 7]]]");
  EXPECT_EQ(to_string(counted({2, 1, 2, 1})),
            "[[[[0]\n"
            "   [1]]]\n"
            "\n"
            "\n"
            " [[[2]\n"
            "   [3]]]]");
  EXPECT_EQ(to_string(counted<float>({3, 4})),
            "[[ 0.  1.  2.  3.]\n"
            " [ 4.  5.  6.  7.]\n"
            " [ 8.  9. 10. 11.]]");
  EXPECT_EQ(printed<double>({2, 2}, {1, nan, -2.5, 1e3}),
            "[[   1.     nan]\n"
            " [  -2.5 1000. ]]");
  EXPECT_EQ(to_string(counted({1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1})), "[[[[[[[[[[[[[[[[0]]]]]]]]]]]]]]]]");
}

TEST(Print, ArraysWithoutElementsAreEmptyBrackets) {
  EXPECT_EQ(to_string(any_array()), "[]");
  EXPECT_EQ(to_string(array<float>()), "[]");
  EXPECT_EQ(to_string(counted({0, 3})), "[]");
  EXPECT_EQ(to_string(counted({3, 0})), "[]");
  EXPECT_EQ(to_string(array<bool>({2000, 0, 2})), "[]");
}

TEST(Print, RowsAreBrokenAtSeventyFiveColumns) {
  EXPECT_EQ(to_string(counted({25})),
            "[ 0  1  2  3  4  5  6  7  8  9 10 11 12 13 14 15 16 17 18 19 20 21 22 23\n"
            " 24]");
  EXPECT_EQ(to_string(counted({26})),
            "[ 0  1  2  3  4  5  6  7  8  9 10 11 12 13 14 15 16 17 18 19 20 21 22 23\n"
            " 24 25]");
  EXPECT_EQ(to_string(counted<double>({30})),
            "[ 0.  1.  2.  3.  4.  5.  6.  7.  8.  9. 10. 11. 12. 13. 14. 15. 16. 17.\n"
            " 18. 19. 20. 21. 22. 23. 24. 25. 26. 27. 28. 29.]");
  EXPECT_EQ(to_string(counted({2, 25})),
            "[[ 0  1  2  3  4  5  6  7  8  9 10 11 12 13 14 15 16 17 18 19 20 21 22 23\n"
            "  24]\n"
            " [25 26 27 28 29 30 31 32 33 34 35 36 37 38 39 40 41 42 43 44 45 46 47 48\n"
            "  49]]");
  EXPECT_EQ(to_string(counted({2, 1, 24})),
            "[[[ 0  1  2  3  4  5  6  7  8  9 10 11 12 13 14 15 16 17 18 19 20 21 22\n"
            "   23]]\n"
            "\n"
            " [[24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39 40 41 42 43 44 45 46\n"
            "   47]]]");
  EXPECT_EQ(to_string(array<bool>({13}, true)),
            "[ True  True  True  True  True  True  True  True  True  True  True  True\n"
            "  True]");
  EXPECT_EQ(to_string(array<double>({5}, 1.0 / 3e10)),
            "[3.33333333e-11 3.33333333e-11 3.33333333e-11 3.33333333e-11\n"
            " 3.33333333e-11]");
}

TEST(Print, TrailingSpacesStayAtTheEndAndGoBeforeABreak) {
  EXPECT_EQ(f64({0.25, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}),
            "[0.25 1.   1.   1.   1.   1.   1.   1.   1.   1.   1.   1.   1.   1.\n"
            " 1.   1.  ]");
}

TEST(Print, LargeArraysShowThreeElementsAtEachEndOfADimension) {
  EXPECT_EQ(to_string(counted({1001})), "[   0    1    2 ...  998  999 1000]");
  EXPECT_EQ(to_string(counted<float>({5000})), "[0.000e+00 1.000e+00 2.000e+00 ... 4.997e+03 4.998e+03 4.999e+03]");
  EXPECT_EQ(to_string(counted({100, 100})),
            "[[   0    1    2 ...   97   98   99]\n"
            " [ 100  101  102 ...  197  198  199]\n"
            " [ 200  201  202 ...  297  298  299]\n"
            " ...\n"
            " [9700 9701 9702 ... 9797 9798 9799]\n"
            " [9800 9801 9802 ... 9897 9898 9899]\n"
            " [9900 9901 9902 ... 9997 9998 9999]]");
  EXPECT_EQ(to_string(counted({6, 200})),
            "[[   0    1    2 ...  197  198  199]\n"
            " [ 200  201  202 ...  397  398  399]\n"
            " [ 400  401  402 ...  597  598  599]\n"
            " [ 600  601  602 ...  797  798  799]\n"
            " [ 800  801  802 ...  997  998  999]\n"
            " [1000 1001 1002 ... 1197 1198 1199]]");
  EXPECT_EQ(to_string(counted({501, 2})),
            "[[   0    1]\n"
            " [   2    3]\n"
            " [   4    5]\n"
            " ...\n"
            " [ 996  997]\n"
            " [ 998  999]\n"
            " [1000 1001]]");
  EXPECT_EQ(to_string(counted({7, 2, 100})),
            "[[[   0    1    2 ...   97   98   99]\n"
            "  [ 100  101  102 ...  197  198  199]]\n"
            "\n"
            " [[ 200  201  202 ...  297  298  299]\n"
            "  [ 300  301  302 ...  397  398  399]]\n"
            "\n"
            " [[ 400  401  402 ...  497  498  499]\n"
            "  [ 500  501  502 ...  597  598  599]]\n"
            "\n"
            " ...\n"
            "\n"
            " [[ 800  801  802 ...  897  898  899]\n"
            "  [ 900  901  902 ...  997  998  999]]\n"
            "\n"
            " [[1000 1001 1002 ... 1097 1098 1099]\n"
            "  [1100 1101 1102 ... 1197 1198 1199]]\n"
            "\n"
            " [[1200 1201 1202 ... 1297 1298 1299]\n"
            "  [1300 1301 1302 ... 1397 1398 1399]]]");
  EXPECT_EQ(to_string(counted({8, 8, 8, 8})).substr(0, 220),
            "[[[[   0    1    2 ...    5    6    7]\n"
            "   [   8    9   10 ...   13   14   15]\n"
            "   [  16   17   18 ...   21   22   23]\n"
            "   ...\n"
            "   [  40   41   42 ...   45   46   47]\n"
            "   [  48   49   50 ...   53   54   55]\n"
            "   [  56   57   58");
}

TEST(Print, OnlyElementsThatAreShownDecideTheFormat) {
  array<double> made({2000}, 1.0);
  made.data()[1000] = 1e300;
  EXPECT_EQ(to_string(made), "[1. 1. 1. ... 1. 1. 1.]");
  made.data()[2] = nan;
  EXPECT_EQ(to_string(made), "[ 1.  1. nan ...  1.  1.  1.]");
}

TEST(Print, AThousandElementsAreShownInFull) {
  EXPECT_EQ(to_string(counted({1000})).find("..."), std::string::npos);
  EXPECT_EQ(to_string(counted({6, 6, 6, 6})).find("..."), std::string::npos);
}

TEST(Print, StreamsTakeArraysOfKnownAndUnknownType) {
  std::ostringstream out;
  out << counted<float>({3}) << "; " << any_array(counted({2}));
  EXPECT_EQ(out.str(), "[0. 1. 2.]; [0 1]");
}

}  // namespace
}  // namespace onepass::testing
