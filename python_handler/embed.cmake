# Writes INPUT's text into the header OUTPUT as the constant NAME.
file(READ ${INPUT} text)
file(WRITE ${OUTPUT} "#pragma once\ninline constexpr char ${NAME}[] = R\"__EMBED__(${text})__EMBED__\";\n")
