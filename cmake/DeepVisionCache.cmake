# DEEPVISION_CACHE: the folder that scripts/setup.sh fills.
if(DEFINED ENV{DEEPVISION_CACHE})
  set(DEEPVISION_CACHE "$ENV{DEEPVISION_CACHE}")
else()
  set(DEEPVISION_CACHE "$ENV{HOME}/.cache/deepvision")
endif()
