// What a client of Redis hears from the client port: its greeting, its own settings, and replies in the syntax of each request.

import { expect } from 'chai';
import { ClientBench } from './bench.js';

function asResp(line: string): string {
  const argv = line.split(' ');
  return `*${argv.length}\r\n${argv.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`;
}

describe('a client of Redis', () => {
  const conversations: readonly (readonly [string, string])[] = [
    ['PING', '+PONG\r\n'],
    ['ECHO hi', '$2\r\nhi\r\n'],
    ['get', "-ERR wrong number of arguments for 'get' command\r\n"],
    ['FROB', "-ERR unknown command 'FROB'; type HELP\r\n"],
    ['AUTH secret', '-ERR AUTH <password> called without any password configured'],
    ['AUTH default secret', '+OK\r\n'],
    ['AUTH root secret', '-WRONGPASS invalid username-password pair or user is disabled.\r\n'],
    ['SELECT 0', '+OK\r\n'],
    ['SELECT 1', '-ERR DB index is out of range\r\n'],
    ['SELECT x', '-ERR value is not an integer or out of range\r\n'],
    ['HELLO 4', '-NOPROTO unsupported protocol version\r\n'],
    ['HELLO x', '-ERR Protocol version is not an integer or out of range\r\n'],
    ['HELLO 3 FROB', "-ERR Syntax error in HELLO option 'FROB'\r\n"],
    ['HELLO 3 AUTH root x', '-WRONGPASS'],
    ['HELLO', '*14\r\n$6\r\nserver\r\n$5\r\nsynod\r\n'],
    ['HELLO 3', '%7\r\n$6\r\nserver\r\n$5\r\nsynod\r\n'],
    ['CLIENT ID', ':1\r\n'],
    ['CLIENT GETNAME', '$-1\r\n'],
    ['CLIENT SETNAME me', '+OK\r\n'],
    ['CLIENT SETNAME \xff', '-ERR Client names cannot contain spaces, newlines or special characters.\r\n'],
    ['CLIENT SETINFO lib-name x', '+OK\r\n'],
    ['CLIENT SETINFO lib-what x', "-ERR Unrecognized option 'lib-what'\r\n"],
    ['CLIENT FROB', "-ERR unknown subcommand or wrong number of arguments for 'FROB'. Try HELP CLIENT.\r\n"],
    ['CLIENT NO-EVICT on', '+OK\r\n'],
    ['CLIENT NO-TOUCH on', '+OK\r\n'],
    ['COMMAND COUNT', ':'],
    ['COMMAND INFO get frob', '*2\r\n*10\r\n$3\r\nget\r\n:2\r\n*1\r\n+readonly\r\n:1\r\n:1\r\n:1\r\n'],
    ['CONFIG GET app*', '*4\r\n$11\r\nappendfsync\r\n$6\r\nalways\r\n$10\r\nappendonly\r\n$3\r\nyes\r\n'],
    ['CONFIG SET a b', '-ERR settings are options of the start, and are not changed while a replica runs\r\n'],
    ['CONFIG FROB', "-ERR unknown subcommand or wrong number of arguments for 'FROB'. Try HELP CONFIG.\r\n"],
    ['TIME', '*2\r\n$'],
    ['ROLE', '*3\r\n$6\r\nmaster\r\n:0\r\n*0\r\n'],
    ['SENTINEL SENTINELS synod', '*0\r\n'],
    ['SENTINEL MASTERS', "-ERR unknown subcommand or wrong number of arguments for 'MASTERS'. Try HELP SENTINEL.\r\n"],
    ['BACKUP', '-ERR BACKUP sends the bytes of a file; not begun; use `synod backup FILE --from host:port`'],
    ['QUIT', '+OK\r\n'],
  ];
  for (const [asked, answer] of conversations) {
    it(`that says ${asked} hears ${JSON.stringify(answer)}`, () => {
      const bench = new ClientBench();
      const got = bench.ask(bench.connect(), asResp(asked));
      if (answer.endsWith('\r\n') && !asked.startsWith('HELLO') && !asked.startsWith('COMMAND INFO'))
        expect(got).to.equal(answer);
      else expect(got.slice(0, answer.length)).to.equal(answer);
    });
  }

  it('is told how a command is written, for its own hints', () => {
    const bench = new ClientBench();
    const got = bench.ask(bench.connect(), asResp('COMMAND DOCS del'));
    expect(got).to.match(/\$9\r\narguments\r\n\*1\r\n\*6\r\n\$4\r\nname\r\n\$13\r\nkey \[key ...\]\r\n/);
    expect(bench.ask(bench.connect(), asResp('COMMAND DOCS time frob'))).to.match(/arguments\r\n\*0\r\n$/);
  });

  it('is answered in the syntax of each request, whatever it mixes', () => {
    const bench = new ClientBench();
    const got = bench.ask(
      bench.connect(),
      `PING\n${asResp('SET a b')}GET a\r\n${asResp('GET a')}${asResp('FROB')}FROB\n`,
    );
    const error = "ERR unknown command 'FROB'; type HELP";
    expect(got).to.equal(`+PONG\r\n+OK\r\nb\r\n$1\r\nb\r\n-${error}\r\nERROR ${error}\r\n`);
  });

  it('hears RESP3 after HELLO 3, with what came before in RESP2, until RESET', () => {
    const bench = new ClientBench();
    const client = bench.connect();
    const got = bench.ask(client, ['GET x', 'HELLO 3 SETNAME me', 'GET x', 'CLIENT GETNAME'].map(asResp).join(''));
    expect(got).to.match(/^\$-1\r\n%7\r\n.*\$5\r\nproto\r\n:3\r\n.*_\r\n\$2\r\nme\r\n$/s);
    expect(bench.ask(client, ['RESET', 'GET x', 'CLIENT GETNAME'].map(asResp).join(''))).to.equal(
      '+RESET\r\n$-1\r\n$-1\r\n',
    );
  });

  it('is told once what cannot be read, and hung up on', () => {
    const bench = new ClientBench();
    const client = bench.connect();
    expect(bench.ask(client, `${asResp('PING')}*1\r\n:1\r\n${asResp('PING')}`)).to.equal(
      "+PONG\r\n-ERR Protocol error: expected '$', got ':'\r\n",
    );
    expect(client.state).to.equal('ended');
  });

  it('sees who else is connected', () => {
    const bench = new ClientBench();
    const client = bench.connect();
    bench.ask(bench.connect(), asResp('CLIENT SETNAME other'));
    expect(bench.ask(client, asResp('CLIENT LIST'))).to.match(/id=1 .*name= .*\nid=2 .*name=other .*\n\r\n$/s);
    expect(bench.ask(client, asResp('INFO clients'))).to.contain('connected_clients:2\r\n');
  });

  it('is told of the data what INFO has a word for', () => {
    const bench = new ClientBench();
    const client = bench.connect();
    for (const line of ['PUT a 1', 'SET b 2 PX 5000', 'SET c 3 EX 5']) bench.ask(client, `${line}\n`);
    const told = bench.ask(client, asResp('INFO keyspace replication'));
    expect(told).to.contain('db0:keys=3,expires=2\r\n').and.to.contain('connected_slaves:0\r\n');
  });
});
