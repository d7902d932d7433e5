/* What a form makes of an answer: reads a number, and judges it as the verdicts of asng_book.exercises do in Python. */
(function () {
  "use strict";

  const UNREADABLE = "a number is asked for; write it as 0.25, 1/4, 2.5e-3, 2.5 × 10^-3 or 1 + √2.";
  const TOKEN = /\s*(?:((?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)|(sqrt|√|pi|π|[-+*/^()!%]))/iy;
  const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

  /** Return a run of digits, points and commas with a point before its decimals; complain if that can't be known. */
  function plain(run) {
    if (/^[1-9]\d{0,2},\d{3}$/.test(run)) {
      const [whole, rest] = run.split(",");
      throw new Error(`${run} can be read in two ways; write ${whole}${rest}, or ${whole}.${rest} with a point.`);
    }
    if (/^[1-9]\d{0,2}(,\d{3})+(\.\d*)?$/.test(run)) return run.replaceAll(",", "");
    if (/^\d{1,3}(\.\d{3})+,\d+$/.test(run) || /^\d{1,3}(\.\d{3}){2,}$/.test(run)) run = run.replaceAll(".", "");
    run = run.replace(/,(?=\d)/, ".");
    if (/,|\..*\./.test(run)) throw new Error(UNREADABLE);
    return run;
  }

  /** Return the text with the many ways to write digits, signs, powers and groups of digits made one. */
  function simplified(text) {
    return text
      .replace(/[\uff01-\uff5e]/g, (wide) => String.fromCharCode(wide.charCodeAt(0) - 0xfee0)) // ０．２５, ＝
      .replace(/[\u200b-\u200f\u2060]/g, "") // unseen, and pasted with the number
      .replace(/^\s*=/, "").replace(/[⁄∕]/g, "/")
      .replace(/[⁺⁻]?[⁰¹²³⁴-⁹]+/g, (power) => "^(" + power.replace("⁺", "").replace("⁻", "-")
        .replace(/[⁰¹²³⁴-⁹]/g, (digit) => SUPERSCRIPTS.indexOf(digit)) + ")")
      .replace(/[−–]/g, "-").replace(/[×·⋅x]/gi, "*").replaceAll("÷", "/").replaceAll("**", "^")
      .replace(/(?<![\d.,])\d{1,3}([ _'’\u00a0\u2009\u202f]\d{3})+(?!\d)/g, (run) => run.replace(/\D/g, ""))
      .replace(/[.,]?\d[\d.,]*/g, plain);
  }

  function tokens(text) {
    const found = [];
    TOKEN.lastIndex = 0;
    for (text = text.trim(); TOKEN.lastIndex < text.length; ) {
      const token = TOKEN.exec(text);
      if (!token) throw new Error(UNREADABLE);
      found.push(token[1] ? Number(token[1]) : token[2].toLowerCase());
    }
    return found;
  }

  function factorial(n) {
    if (!Number.isInteger(n) || n < 0) throw new Error(UNREADABLE);
    let product = 1;
    for (let i = 2; i <= Math.min(n, 171); i++) product *= i;
    return product;
  }

  /** Return the value of a sum, product, power or root of numbers, or throw a sentence that says what is wrong. */
  function readNumber(text) {
    if (text.length > 200) throw new Error(UNREADABLE); // its brackets might be too deep for the stack
    const rest = tokens(simplified(text));
    const takes = (...signs) => (signs.includes(rest[0]) ? rest.shift() : "");

    function sum() {
      let value = product();
      for (let sign; (sign = takes("+", "-")); ) value += sign === "+" ? product() : -product();
      return value;
    }
    function product() {
      let value = signed();
      for (;;) {
        if (takes("*")) value *= signed();
        else if (takes("/")) value /= signed();
        else if (["(", "√", "sqrt", "π", "pi"].includes(rest[0])) value *= power(); // 27√120
        else return value;
      }
    }
    function signed() {
      const sign = takes("+", "-");
      return sign === "-" ? -signed() : sign ? signed() : power();
    }
    function power() {
      let base = atom();
      for (let sign; (sign = takes("!", "%")); ) base = sign === "!" ? factorial(base) : base / 100;
      return takes("^") ? base ** signed() : base;
    }
    function atom() {
      if (typeof rest[0] === "number") return rest.shift();
      if (takes("π", "pi")) return Math.PI;
      if (takes("√", "sqrt")) return Math.sqrt(atom());
      if (!takes("(")) throw new Error(UNREADABLE);
      const value = sum();
      if (!takes(")")) throw new Error(UNREADABLE);
      return value;
    }

    const value = sum();
    if (rest.length) throw new Error(UNREADABLE);
    if (!Number.isFinite(value)) throw new Error("this has no finite value.");
    return value;
  }

  /** Return a number as Python's format ".6g" does. */
  function sixDigits(value) {
    const [digits, exponent] = value.toExponential(5).split("e");
    const short = (number) => (number.includes(".") ? number.replace(/\.?0+$/, "") : number);
    if (exponent < -4 || exponent > 5) {
      return short(digits) + "e" + exponent[0] + exponent.slice(1).padStart(2, "0");
    }
    return short(value.toFixed(5 - exponent));
  }

  /** Return null if a number is right, else a sentence. */
  function judgeNumber({ answer, tolerance }, given) {
    if (Math.abs(given - answer) <= tolerance * 1e-3 + tolerance * Math.abs(answer)) return null;
    return `${sixDigits(given)} is too ${given < answer ? "small" : "large"}.`;
  }

  /** Return whether an answer (a text, or a letter or null) is right, and what is said to it. */
  function reply(exercise, given) {
    let problem, praise = "";
    if (exercise.kind === "number") {
      try {
        problem = judgeNumber(exercise, readNumber(given));
      } catch (error) {
        problem = error.message;
      }
    } else if (!(given in exercise.replies)) {
      problem = "choose one of the answers.";
    } else if (given === exercise.answer) {
      problem = null;
      praise = " " + exercise.replies[given];
    } else {
      problem = exercise.replies[given];
    }
    return { right: problem === null, text: problem === null ? "Right." + praise : "Not yet: " + problem };
  }

  globalThis.ASNG_ANSWERS = { readNumber, sixDigits, reply };
})();
