# A Modbus TCP device that nobody here wrote (pymodbus, from Debian): prints its port, then takes one JSON command a line, {"table": 3, "start": 0, "values": [1]}.
import asyncio
import json
import logging
import sys

from pymodbus.datastore import ModbusServerContext, ModbusSlaveContext, ModbusSparseDataBlock
from pymodbus.server.async_io import ModbusTcpServer


# It tells of every line that is cut, which is what the tests do.
logging.disable(logging.CRITICAL)


async def main():
    # Holding registers 0 to 199 and 300 to 309, nothing between them.
    holding = ModbusSparseDataBlock({**{n: 0 for n in range(200)}, **{n: 0 for n in range(300, 310)}})
    bits = lambda: ModbusSparseDataBlock({n: False for n in range(64)})
    unit = ModbusSlaveContext(di=bits(), co=bits(), hr=holding, ir=ModbusSparseDataBlock({n: n for n in range(200)}), zero_mode=True)
    server = ModbusTcpServer(ModbusServerContext(slaves={1: unit}, single=False), address=('127.0.0.1', int(sys.argv[1])))
    serving = asyncio.create_task(server.serve_forever())
    while server.server is None or not server.server.sockets:
        await asyncio.sleep(0.01)
        if serving.done():
            serving.result()
    print(json.dumps({'port': server.server.sockets[0].getsockname()[1]}), flush=True)
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        command = json.loads(line)
        if 'values' in command:
            unit.setValues(command['table'], command['start'], command['values'])
            print('{}', flush=True)
        else:
            print(json.dumps({'values': unit.getValues(command['table'], command['start'], command['count'])}), flush=True)
    sys.exit(0)


asyncio.run(main())
