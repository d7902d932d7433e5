/* Where the jobs of ASNG.engine run: in a few workers a page, or, where none can be had, on the page in slices.
 *
 *   const task = ASNG.runAside("race", [list, seed, updates, every], { part(list), done(), progress(fraction), failed(text) });
 *   task.cancel();
 *
 * The workers live as long as the page. A job goes to the one that has the fewest. Each computes its newest job first, a
 * few milliseconds at a time, and looks at its messages in between; so a job that is cancelled ends within a slice. With
 * { background: true } a job waits for all others.
 */

/** A desk takes { id, job, args, background }, or { id } to drop a job, and posts { id, fraction, part, done } or { id, failed }. */
ASNG.makeDesk = function makeDesk(engine, post, later) {
  "use strict";
  const FIRST = 2, SLICE = 5; // milliseconds; the first slice of a job is short, so that the next frame has a beginning
  let jobs = [], due = false;

  function tell({ id, job, args, background }) {
    if (job) jobs.push({ id, background, steps: engine[job](...args), take: () => null, span: FIRST });
    else drop(id);
    wake();
  }

  function drop(id) {
    jobs = jobs.filter((job) => job.id !== id);
  }

  function wake() {
    if (due || !jobs.length) return;
    due = true;
    later(slice);
  }

  function slice() {
    due = false;
    const job = jobs.filter(({ background }) => !background).pop() || jobs[jobs.length - 1];
    if (!job) return;
    const end = performance.now() + job.span;
    job.span = SLICE;
    let state;
    try {
      do { // at least one step, even if the slice was over before it began
        state = job.steps.next();
        if (!state.done) job.take = state.value.take;
      } while (!state.done && performance.now() < end);
      if (state.done) drop(job.id);
      post({ id: job.id, fraction: state.done ? 1 : state.value.fraction, part: job.take(), done: state.done });
    } catch (error) {
      drop(job.id);
      post({ id: job.id, failed: error.message });
    }
    wake();
  }

  return tell;
};

ASNG.runAside = ASNG.runAside || (function () {
  "use strict";
  const jobs = new Map(); // by id: { message, on, weight, desk }
  const most = Math.max(1, Math.min(3, (globalThis.navigator?.hardwareConcurrency || 2) - 1)); // workers: a core is the page's
  const desks = []; // one a worker, or the page's alone
  let lastId = 0, onlyPage = false;

  function heard({ id, fraction, part, done, failed }) {
    const job = jobs.get(id);
    if (!job) return; // it was cancelled while this was on its way
    const { on } = job;
    if (done || failed !== undefined) end(id);
    if (failed !== undefined) {
      if (on.failed) on.failed(failed);
      return;
    }
    if (on.progress) on.progress(fraction);
    if (part && on.part) on.part(part);
    if (done) on.done();
  }

  function onPage() {
    onlyPage = true;
    return { load: 0, tell: ASNG.makeDesk(ASNG.engine, heard, (slice) => setTimeout(slice, 0)) };
  }

  function inWorker() {
    function inside(engine, makeDesk) { // the worker's own code
      const channel = new MessageChannel(); // its messages queue with those of the page; a timer would idle between slices
      let next = null;
      channel.port1.onmessage = () => next();
      function post(message) {
        const views = (message.part || []).flatMap((one) => Object.values(one)).filter(ArrayBuffer.isView);
        postMessage(message, views.map(({ buffer }) => buffer));
      }
      const tell = makeDesk(engine, post, (slice) => {
        next = slice;
        channel.port2.postMessage(null);
      });
      self.onmessage = ({ data }) => tell(data);
    }
    const source = `"use strict";
      const engine = (${ASNG.makeEngine})();
      Object.assign(engine, (${ASNG.makeTrials})(engine));
      Object.assign(engine, (${ASNG.makeRuns})(engine));
      (${inside})(engine, ${ASNG.makeDesk});`;
    const worker = new Worker(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
    worker.onmessage = ({ data }) => heard(data);
    worker.onerror = (event) => { // it could not start: the page computes what they were given
      event.preventDefault();
      if (onlyPage) return;
      desks.splice(0, desks.length, onPage());
      jobs.forEach((job) => give(job, desks[0]));
    };
    return { load: 0, tell: (message) => worker.postMessage(message) };
  }

  function open() {
    try {
      return inWorker();
    } catch {
      return onPage();
    }
  }

  function give(job, desk) {
    job.desk = desk;
    desk.load += job.weight;
    desk.tell(job.message);
  }

  function end(id) {
    const { desk, weight } = jobs.get(id);
    desk.load -= weight;
    jobs.delete(id);
    return desk;
  }

  /** The desk with the least to do: a new one as long as there may be more. */
  function leastLoaded() {
    const found = desks.reduce((best, desk) => (best && best.load <= desk.load ? best : desk), null);
    if ((found && !found.load) || onlyPage || desks.length >= most) return found;
    desks.push(open());
    return desks[desks.length - 1];
  }

  function runAside(name, args, on, { background = false } = {}) {
    const id = (lastId += 1), job = { message: { id, job: name, args, background }, on, weight: background ? 0.1 : 1 };
    jobs.set(id, job);
    give(job, leastLoaded());
    return { cancel() { if (jobs.has(id)) end(id).tell({ id }); } };
  }
  return Object.assign(runAside, { most });
})();
