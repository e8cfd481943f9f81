// Onepass: lazy array expressions, fused into one pass over memory. This is the one header to include.
//
//   namespace op = onepass;
//   op::array<float> a({1000, 1000}), w({1000, 1000}), b({1000});
//   op::array<float> y = op::relu(a * w) + b;                            // one loop, no temporaries
//   auto e = op::exp(a) / 2;                                             // nothing is computed yet; e is safe to keep
//   y = e;                                                               // now it is, into y's memory
//   float total = op::evaluate(op::sum(y));
//   auto [z, s] = op::evaluate(op::tanh(a) + w, op::sum(a * a));         // several results, `a` read once
//   std::string how = op::explain(e).text();                             // engine, program, plan, bytes
#pragma once

#include <onepass/array/any_array.hpp>
#include <onepass/array/array.hpp>
#include <onepass/array/view.hpp>
#include <onepass/array/viewing.hpp>
#include <onepass/core/error.hpp>
#include <onepass/expression/contraction.hpp>
#include <onepass/expression/fold.hpp>
#include <onepass/expression/generator.hpp>
#include <onepass/expression/node.hpp>
#include <onepass/expression/operators.hpp>
#include <onepass/interop/mdspan.hpp>
#include <onepass/op/activation.hpp>
#include <onepass/op/arithmetic.hpp>
#include <onepass/op/bits.hpp>
#include <onepass/op/comparison.hpp>
#include <onepass/op/conversion.hpp>
#include <onepass/op/cumulative.hpp>
#include <onepass/op/division.hpp>
#include <onepass/op/error_function.hpp>
#include <onepass/op/exponential.hpp>
#include <onepass/op/floating_point.hpp>
#include <onepass/op/hyperbolic.hpp>
#include <onepass/op/inverse_hyperbolic.hpp>
#include <onepass/op/inverse_trigonometric.hpp>
#include <onepass/op/logarithm.hpp>
#include <onepass/op/logic.hpp>
#include <onepass/op/loss.hpp>
#include <onepass/op/normalization.hpp>
#include <onepass/op/power.hpp>
#include <onepass/op/reduction.hpp>
#include <onepass/op/root.hpp>
#include <onepass/op/rounding.hpp>
#include <onepass/op/row.hpp>
#include <onepass/op/selection.hpp>
#include <onepass/op/statistics.hpp>
#include <onepass/op/trigonometric.hpp>
#include <onepass/run/assign.hpp>
#include <onepass/run/batch.hpp>
#include <onepass/run/capabilities.hpp>
#include <onepass/run/evaluate.hpp>
#include <onepass/run/explain.hpp>
#include <onepass/run/options.hpp>
