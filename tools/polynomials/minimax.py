# Minimax polynomials with coefficients of a given format, for the scripts beside this file.
#
# fit() minimises the largest |w(x) (p(x) - f(x))| on a grid of Chebyshev's spacing by the exchange method of Remez
# (1934). Coefficients are rounded one after another, the lowest power first, and each time the rest makes up for the
# rounding in the sense of least squares. Needs mpmath.
import mpmath as mp

mp.mp.prec = 300


def rounded(x, bits):
    """x to so many bits, nearest."""
    if x == 0:
        return mp.mpf(0)
    shift = bits - mp.frexp(x)[1]
    return mp.ldexp(mp.nint(mp.ldexp(x, shift)), -shift)


def exchange(points, wanted, weight, powers, reference):
    """One minimax fit on the grid: coefficients, the largest weighted error, and the reference it is reached on."""
    columns = [[w * x**k for k in powers] for x, w in zip(points, weight)]
    scaled = [w * f for w, f in zip(weight, wanted)]
    for _ in range(40):
        count = len(reference)
        system = mp.matrix(count, count)
        right = mp.matrix(count, 1)
        for i, at in enumerate(reference):
            for j in range(len(powers)):
                system[i, j] = columns[at][j]
            system[i, count - 1] = (-1) ** i
            right[i] = scaled[at]
        solution = mp.lu_solve(system, right)
        c = [solution[j] for j in range(len(powers))]
        error = [mp.fsum(a * b for a, b in zip(row, c)) - s for row, s in zip(columns, scaled)]
        level = abs(solution[count - 1])
        largest = max(abs(e) for e in error)
        if largest <= level * mp.mpf("1.003"):
            break
        # The extrema of each run of one sign; the smallest ends are dropped until the number is right.
        extrema = []
        for at, e in enumerate(error):
            if extrema and (error[extrema[-1]] > 0) == (e > 0):
                if abs(e) > abs(error[extrema[-1]]):
                    extrema[-1] = at
            else:
                extrema.append(at)
        while len(extrema) > count:
            excess = len(extrema) - count
            if excess == 1:
                extrema.pop(0 if abs(error[extrema[0]]) < abs(error[extrema[-1]]) else -1)
            else:
                weakest = min(range(len(extrema)), key=lambda i: abs(error[extrema[i]]))
                extrema.pop(weakest)
                if 0 < weakest < len(extrema):  # keep the signs alternating
                    extrema.pop(weakest if abs(error[extrema[weakest]]) < abs(error[extrema[weakest - 1]]) else weakest - 1)
        if len(extrema) < count:
            break
        reference = extrema
    return c, largest, reference


def fit(f, low, high, degree, bits, w=lambda x: 1, first=0, grid=16):
    """Coefficients of powers first..degree, and the largest weighted error."""
    low, high = mp.mpf(low), mp.mpf(high)
    size = grid * (degree + 2)
    points = [(low + high) / 2 - (high - low) / 2 * mp.cos(mp.pi * i / (size - 1)) for i in range(size)]
    weight = [mp.mpf(w(x)) for x in points]
    wanted = [f(x) for x in points]
    powers = list(range(first, degree + 1))
    count = len(powers) + 1
    c, _, _ = exchange(points, wanted, weight, powers, [(size - 1) * i // (count - 1) for i in range(count)])
    basis = [[wt * x**k for wt, x in zip(weight, points)] for k in powers]
    product = [[mp.fdot(p, q) for q in basis] for p in basis]
    for k in range(len(c)):
        change = rounded(c[k], bits) - c[k]
        c[k] += change
        rest = range(k + 1, len(c))
        if k < 8 and len(rest) > 0:  # beyond, a rounding is too small to make up for
            system = mp.matrix(len(rest), len(rest))
            right = mp.matrix(len(rest), 1)
            for i, row in enumerate(rest):
                right[i] = -change * product[row][k]
                for j, column in enumerate(rest):
                    system[i, j] = product[row][column]
            made_up = mp.lu_solve(system, right)
            for i, at in enumerate(rest):
                c[at] += made_up[i]
    error = max(abs(wt * (mp.fsum(a * x**k for k, a in zip(powers, c)) - e)) for wt, x, e in zip(weight, points, wanted))
    return c, error


def literal(x, bits):
    text = float(x).hex() if x else "0.0"
    if "." in text and "p" in text:
        head, power = text.split("p")
        text = head.rstrip("0").rstrip(".") + "p" + power
    return text + ("f" if bits == 24 else "")


def show(name, f, low, high, degree, bits, **how):
    c, error = fit(f, low, high, degree, bits, **how)
    print(f"{name}: error 2^{float(mp.log(error, 2)) if error else -999:.2f}, highest power first")
    print("  " + ", ".join(literal(x, bits) for x in reversed(c)), flush=True)
    return c


def parts(name, x, *bits):
    """x as a sum of numbers of so many bits each."""
    terms = []
    for b in bits:
        terms.append(rounded(x - sum(terms), b))
    print(f"{name}: " + " + ".join(literal(t, 24 if max(bits) <= 24 else 53) for t in terms), flush=True)
    return terms
