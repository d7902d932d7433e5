/* A small language for functions of bits, read by a parser of its own: nothing that a reader types is run as a script.
 *
 * Known are numbers, x1, x2, … (the bits), ones (how many are 1), zeros, lead (how many ones stand before the first zero),
 * n (the number of bits), + − * / ^, the comparisons < > <= >= = (1 or 0), parentheses, and abs, exp, log, sqrt, min, max.
 */
ASNG.formula = (function () {
  "use strict";
  const FUNCTIONS = { abs: Math.abs, exp: Math.exp, log: Math.log, sqrt: Math.sqrt, min: Math.min, max: Math.max };
  const UNARY = ["abs", "exp", "log", "sqrt"];
  const LONGEST = 200;
  const COMPARE = { "<": (a, b) => a < b, ">": (a, b) => a > b, "<=": (a, b) => a <= b, ">=": (a, b) => a >= b, "=": (a, b) => a === b };
  const BINARY = { "+": (a, b) => a + b, "-": (a, b) => a - b, "*": (a, b) => a * b, "/": (a, b) => a / b, "^": (a, b) => a ** b };

  function tokens(text) {
    const plain = text.replace(/[−–]/g, "-").replace(/[×·]/g, "*").replace(/==/g, "=").trim();
    if (!plain) throw new Error("Type a function of the bits, such as n - ones.");
    if (plain.length > LONGEST) throw new Error(`At most ${LONGEST} letters, please.`);
    const found = plain.match(/\d+\.?\d*|\.\d+|[A-Za-z]\w*|<=|>=|[-+*/^()<>=,]|\S/g);
    const odd = found.find((one) => !/^(\d+\.?\d*|\.\d+|[A-Za-z]\w*|<=|>=|[-+*/^()<>=,])$/.test(one));
    if (odd) throw new Error(`“${odd}” has no meaning here.`);
    return found;
  }

  /** A function of an array of bits; an Error whose message is a sentence, if the text is none. */
  function parse(text, n) {
    const list = tokens(text);
    let at = 0;
    const next = () => list[at];
    function take(wanted) {
      if (next() !== wanted) throw new Error(next() === undefined ? `It ends where “${wanted}” is missing.` : `“${wanted}” is missing before “${next()}”.`);
      at += 1;
    }

    function comparison() {
      const left = sum();
      if (!Object.hasOwn(COMPARE, next() ?? "")) return left;
      const compare = COMPARE[list[at++]], right = sum();
      return (bits) => Number(compare(left(bits), right(bits)));
    }

    const chain = (signs, inner) => () => {
      let left = inner();
      while (signs.includes(next())) {
        const apply = BINARY[list[at++]], before = left, right = inner();
        left = (bits) => apply(before(bits), right(bits));
      }
      return left;
    };
    const product = chain(["*", "/"], sign), sum = chain(["+", "-"], product);

    function sign() {
      if (next() !== "-") return power();
      at += 1;
      const inner = sign();
      return (bits) => -inner(bits);
    }

    function power() {
      const base = atom();
      if (next() !== "^") return base;
      at += 1;
      const exponent = sign();
      return (bits) => BINARY["^"](base(bits), exponent(bits));
    }

    function atom() {
      const token = next();
      if (token === undefined) throw new Error("It ends too early.");
      at += 1;
      if (/^[\d.]/.test(token)) return constant(Number(token));
      if (token === "(") {
        const inner = comparison();
        take(")");
        return inner;
      }
      if (Object.hasOwn(FUNCTIONS, token)) return call(token);
      return name(token);
    }

    function call(token) {
      take("(");
      const given = [comparison()];
      while (next() === ",") {
        at += 1;
        given.push(comparison());
      }
      take(")");
      if (UNARY.includes(token) && given.length > 1) throw new Error(`${token} takes one value.`);
      return (bits) => FUNCTIONS[token](...given.map((one) => one(bits)));
    }

    const constant = (value) => () => value;

    function name(token) {
      const ones = (bits) => bits.reduce((total, bit) => total + bit, 0);
      if (token === "n") return constant(n);
      if (token === "ones") return ones;
      if (token === "zeros") return (bits) => n - ones(bits);
      if (token === "lead") return (bits) => (bits.indexOf(0) < 0 ? n : bits.indexOf(0));
      const index = /^x([1-9]\d*)$/.exec(token);
      if (!index) throw new Error(`“${token}” is not known: there are x1 to x${n}, ones, zeros, lead and n.`);
      if (Number(index[1]) > n) throw new Error(`There are only ${n} bits, x1 to x${n}.`);
      return (bits) => bits[Number(index[1]) - 1];
    }

    const found = comparison();
    if (next() !== undefined) throw new Error(`“${next()}” is too much.`);
    return found;
  }

  /** The values of a text at all 2^n settings of the bits, x1 being the highest; an Error if one is not finite. */
  function table(text, n) {
    const f = parse(text, n);
    const values = Float64Array.from({ length: 2 ** n }, (_, code) => f(bitsOf(code, n)));
    const wrong = values.findIndex((value) => !Number.isFinite(value));
    if (wrong >= 0) throw new Error(`At ${bitsOf(wrong, n).join("")} the function has no finite value.`);
    return values;
  }

  const bitsOf = (code, n) => Array.from({ length: n }, (_, i) => (code >> (n - 1 - i)) & 1);
  const codeOf = (bits) => bits.reduce((code, bit) => 2 * code + bit, 0);

  return { parse, table, bitsOf, codeOf };
})();
