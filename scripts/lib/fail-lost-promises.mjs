/**
 * Makes a rejection that nobody handles fail the test that runs. Mocha would swallow it, and here a lost promise may be a
 * lost write. Loaded by .mocharc.json, so that it holds however the tests are started.
 */
process.on('unhandledRejection', (reason) => {
  throw reason;
});
