exports.handler = awslambda.streamifyResponse(async (event, stream) => {
  stream.setContentType('text/plain');
  for (let left = event.size; left > 0; left -= 100000) {
    if (!stream.write('x'.repeat(Math.min(left, 100000)))) await new Promise((resolve) => stream.once('drain', resolve));
  }
  stream.end();
});
