/* Where the jobs of ASNG.engine run: in one worker a page, or, where none can be had, on the page in slices.
 *
 *   const task = ASNG.runAside("race", [list, seed, updates, every], { part(list), done(), progress(fraction), failed(text) });
 *   task.cancel();
 *
 * The worker lives as long as the page. It computes the newest job first, a few milliseconds at a time, and looks at its
 * messages in between; so a job that is cancelled ends within a slice. With { background: true } a job waits for all others.
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
    let state = { done: false, value: null };
    try {
      while (!state.done && performance.now() < end) {
        state = job.steps.next();
        if (!state.done) job.take = state.value.take;
      }
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
  const jobs = new Map(); // by id: { message, on }
  let lastId = 0, desk = null;

  function heard({ id, fraction, part, done, failed }) {
    const job = jobs.get(id);
    if (!job) return; // it was cancelled while this was on its way
    const { on } = job;
    if (done || failed !== undefined) jobs.delete(id);
    if (failed !== undefined) {
      if (on.failed) on.failed(failed);
      return;
    }
    if (on.progress) on.progress(fraction);
    if (part && on.part) on.part(part);
    if (done) on.done();
  }

  const onPage = () => ASNG.makeDesk(ASNG.engine, heard, (slice) => setTimeout(slice, 0));

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
    worker.onerror = (event) => { // it could not start: the page computes what it was given
      event.preventDefault();
      desk = onPage();
      jobs.forEach(({ message }) => desk(message));
    };
    return (message) => worker.postMessage(message);
  }

  function open() {
    try {
      return inWorker();
    } catch {
      return onPage();
    }
  }

  return function runAside(job, args, on, { background = false } = {}) {
    const id = (lastId += 1), message = { id, job, args, background };
    desk = desk || open();
    jobs.set(id, { message, on });
    desk(message);
    return { cancel() { if (jobs.delete(id)) desk({ id }); } };
  };
})();
