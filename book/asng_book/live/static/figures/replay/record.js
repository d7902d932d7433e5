/* What a replay knows about its record, with no DOM; asng_book.live.replay makes the record.
 *
 * record.decisions are [kind, node, slot, "input" or "operation", names of the options]; of the epoch at index e,
 * record.codes[e] has the number of the most probable option of each decision, and record.theta[e] the probabilities of all
 * options in thousandths, end to end.
 */
ASNG.replay = (function () {
  "use strict";

  /** Where each decision's options start in θ. */
  function offsets(record) {
    const found = [0];
    for (const [, , , , options] of record.decisions) found.push(found[found.length - 1] + options.length);
    return found;
  }

  /** θ of the epoch at an index: for each decision its probabilities. */
  function rows(record, e) {
    const start = offsets(record);
    return record.decisions.map((_, i) => record.theta[e].slice(start[i], start[i + 1]).map((p) => p / 1000));
  }

  /** The most probable genotype: slots that are fixed are those of record.template. */
  function genotype(record, e) {
    const found = JSON.parse(JSON.stringify(record.template));
    record.decisions.forEach(([kind, node, slot, what, options], i) => {
      const option = record.codes[e][i];
      if (what === "input") found[kind][node][slot][0] = option;
      else found[kind][node][slot][1] = options[option];
    });
    return found;
  }

  /** How probable each slot of the genotype is: { kind: [[first, second] of each node] }. */
  function strength(record, e) {
    const found = Object.fromEntries(Object.entries(record.template).map(([kind, cell]) => [kind, cell.map(() => [1, 1])]));
    const theta = rows(record, e);
    record.decisions.forEach(([kind, node, slot], i) => { found[kind][node][slot] *= theta[i][record.codes[e][i]]; });
    return found;
  }

  /** How many decisions have an option of at least this probability. */
  const sure = (record, e, level = 0.9) => rows(record, e).filter((row) => Math.max(...row) >= level).length;

  /** The decisions whose most probable option is another than an epoch before. */
  const changes = (record, e) => (e === 0 ? [] : differences(record.codes[e], record.codes[e - 1]));

  /** How many decisions have the option that they have at the end. */
  const settled = (record, e) =>
    record.decisions.length - differences(record.codes[e], record.codes[record.codes.length - 1]).length;

  const differences = (a, b) => [...a.keys()].filter((i) => a[i] !== b[i]);

  /** The next epoch, or with step −1 the one before, at which the most probable cell changes; null if there is none. */
  function nextChange(record, e, step) {
    for (let at = e + step; at >= 0 && at < record.epochs.length; at += step) {
      if (changes(record, at).length > 0) return at;
    }
    return null;
  }

  return { offsets, rows, genotype, strength, sure, changes, settled, nextChange };
})();
