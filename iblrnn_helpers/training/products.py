"""Matrix products whose sums stay in vector registers, for compiled code.

They are written in LLVM's instructions, because of a loop in Python the compiler loads and stores
every partial sum. Each element of a result is a sum in an order that stands here, so the width of a
machine's registers decides the speed and no bit. Products are added with one rounding where there
is an instruction for it (x86 since 2013, every ARM of 64 bits) and with two elsewhere: last bits
differ between these two kinds of machines alone.

Matrices are contiguous, and `STRIPE` divides the length of the rows that are written.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import product as pairs
from typing import Any, cast

from llvmlite import ir
from numba import extending, types
from numba.core import cgutils

# Its own type would have callers give a typingctx.
intrinsic = cast("Callable[..., Any]", extending.intrinsic)

STRIPE = 16
CHAINS = 2, 1  # an element of a product is two sums, of even and odd terms, which need not wait
# How many registers side by side, or rows, are worked on at once, and then of what is left.
PRODUCT_COLUMNS = 4, 2, 1
OUTER_COLUMNS = 2, 1
OUTER_ROWS = 6, 1


class _Writer:
    """Writes instructions on vectors of ``lanes`` elements, the width of a register unless given.

    ``arguments`` are the arrays and numbers that the compiled function is given.
    """

    def __init__(self, context, builder, signature, arguments, lanes=None):
        if lanes is None:
            lanes = STRIPE if "+avx512f" in context.codegen().magic_tuple()[2] else STRIPE // 2
        self.builder = builder
        if any(kind.layout != "C" for kind in signature.args if hasattr(kind, "layout")):
            raise TypeError(f"arrays of products must be contiguous, got {signature.args}")
        self.arguments = [
            context.make_array(kind)(context, builder, value) if hasattr(kind, "ndim") else value
            for kind, value in zip(signature.args, arguments, strict=True)
        ]
        element = context.get_value_type(signature.args[0].dtype)
        self.lanes, self.vector = lanes, ir.VectorType(element, lanes)

    def shape(self, array):
        return cgutils.unpack_tuple(self.builder, array.shape)

    def plus(self, place, number):
        return self.builder.add(place, place.type(number))

    def _pointer(self, array, place):
        pointer = self.builder.gep(array.data, [place])
        return self.builder.bitcast(pointer, self.vector.as_pointer())

    def load(self, array, place):
        return self.builder.load(self._pointer(array, place), align=4)

    def store(self, vector, array, place):
        self.builder.store(vector, self._pointer(array, place), align=4)

    def copies(self, array, place):
        """One element, in all lanes."""
        element = self.builder.load(self.builder.gep(array.data, [place]))
        nothing, word = self.vector(ir.Undefined), ir.IntType(32)
        one = self.builder.insert_element(nothing, element, word(0))
        return self.builder.shuffle_vector(one, nothing, ir.VectorType(word, self.lanes)(None))

    def sums(self, number):
        """Variables, which the compiler keeps in registers, at 0."""
        return [cgutils.alloca_once_value(self.builder, self.vector(None)) for _ in range(number)]

    def add(self, variable, x, y):
        """variable += x * y"""
        total = _multiply_add(self.builder, x, y, self.builder.load(variable))
        self.builder.store(total, variable)

    def loop(self, stop, steps, body):
        """body(k, step) for k in range(0, stop, step), then by the next step for what is left."""
        start = stop.type(0)
        for step in steps:
            end = self.builder.sub(stop, self.builder.urem(stop, stop.type(step)))
            with cgutils.for_range_slice(self.builder, start, end, stop.type(step)) as (k, _):
                body(k, step)
            start = end

    def stripes(self, length, numbers, body):
        """body(places), of some registers side by side, along a row."""

        def stripe(k, number):
            first = self.builder.mul(k, k.type(self.lanes))
            body([self.plus(first, self.lanes * i) for i in range(number)])

        self.loop(self.builder.udiv(length, length.type(self.lanes)), numbers, stripe)


def _multiply_add(builder, x, y, z):
    kind = x.type
    element, lanes = (kind.element, f"v{kind.count}") if hasattr(kind, "count") else (kind, "")
    name = f"llvm.fmuladd.{lanes}{element.intrinsic_name}"
    of_three = ir.FunctionType(kind, [kind] * 3)
    return builder.call(cgutils.get_or_insert_function(builder.module, of_three, name), (x, y, z))


@intrinsic
def multiply_add(typingctx, x, y, z):
    """x * y + z of three numbers."""

    def write(context, builder, signature, arguments):
        return _multiply_add(builder, *arguments)

    return x(x, x, x), write


@intrinsic
def product(typingctx, out, x, matrix):
    """out = x[:k] @ matrix: (m,), (at least k,), (k, m)."""

    def write(context, builder, signature, arguments):
        w = _Writer(context, builder, signature, arguments)
        out, x, matrix = w.arguments
        k, m = w.shape(matrix)

        def columns(places):
            chains = [w.sums(len(places)) for _ in range(CHAINS[0])]

            def rows(first, number):
                for i, chain in enumerate(chains[:number]):
                    row = w.plus(first, i)
                    xs, start = w.copies(x, row), builder.mul(row, m)
                    for place, total in zip(places, chain, strict=True):
                        w.add(total, w.load(matrix, builder.add(start, place)), xs)

            w.loop(k, CHAINS, rows)
            for place, even, odd in zip(places, *chains, strict=True):
                w.store(builder.fadd(builder.load(even), builder.load(odd)), out, place)

        w.stripes(m, PRODUCT_COLUMNS, columns)
        return context.get_dummy_value()

    return types.void(out, x, matrix), write


@intrinsic
def outer_products(typingctx, out, left, right, n):
    """out = left[:n, :k].T @ right[:n]: (k, m), (at least n, at least k), (at least n, m)."""

    def write(context, builder, signature, arguments):
        w = _Writer(context, builder, signature, arguments)
        out, left, right, n = w.arguments
        (k, m), (_, length) = w.shape(out), w.shape(left)

        def columns(places):
            def rows(first, number):
                numbers = [w.plus(first, i) for i in range(number)]
                sums = w.sums(number * len(places))
                with cgutils.for_range(builder, n) as steps:
                    at = builder.mul(steps.index, m)
                    y = [w.load(right, builder.add(at, place)) for place in places]
                    at = builder.mul(steps.index, length)
                    x = [w.copies(left, builder.add(at, i)) for i in numbers]
                    for total, (xs, ys) in zip(sums, pairs(x, y), strict=True):
                        w.add(total, xs, ys)
                for total, (i, place) in zip(sums, pairs(numbers, places), strict=True):
                    w.store(builder.load(total), out, builder.add(builder.mul(i, m), place))

            w.loop(k, OUTER_ROWS, rows)

        w.stripes(m, OUTER_COLUMNS, columns)
        return context.get_dummy_value()

    return types.void(out, left, right, n), write


@intrinsic
def dot(typingctx, x, y):
    """The product of (m,) and (m,): sums of every sixteenth term, then half to half of these."""

    def write(context, builder, signature, arguments):
        w = _Writer(context, builder, signature, arguments, STRIPE)
        x, y = w.arguments
        (total,) = w.sums(1)
        w.stripes(w.shape(x)[0], [1], lambda at: w.add(total, w.load(x, at[0]), w.load(y, at[0])))
        rest, word = builder.load(total), ir.IntType(32)
        while rest.type.count > 1:
            half, nothing = rest.type.count // 2, rest.type(ir.Undefined)
            kind = ir.VectorType(word, half)
            low, high = (kind([word(i + at) for i in range(half)]) for at in (0, half))
            parts = (builder.shuffle_vector(rest, nothing, which) for which in (low, high))
            rest = builder.fadd(*parts)
        return builder.extract_element(rest, word(0))

    return x.dtype(x, y), write
