exports.handler = async (event) => {
  console.log('node got', event);
  if (event.fail) throw new Error('no luck');
  return { event, node: process.version };
};
