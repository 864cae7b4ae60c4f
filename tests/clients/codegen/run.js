// Runs the program that was compiled, and writes what it came to.
const { run } = require('./built/program.js');

const { URL: url, TOKEN: token, GROUP: group, MEMBER: member, MEETING: meeting } = process.env;
run({ url, token, group, member, meeting }).then((told) => process.stdout.write(JSON.stringify(told)));
